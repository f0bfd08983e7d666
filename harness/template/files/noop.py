"""The `noop` workload in plain Python: the same three steps without work, so that the tool alone is timed.

NEXT: the tool's own tasks here as well. No process that runs them may import what the `etl` needs.
"""

from retry import retry

from reference import noop


def main(trial: str, _month: str) -> None:
    """Run the three empty steps once."""
    retry(lambda: noop.load(trial))
    retry(lambda: noop.transform(trial))
    retry(lambda: noop.export(trial))
