"""The `noop` workload in plain Python."""

from retry import retry

from reference import noop


def main(trial: str, _month: str) -> None:
    """Run the three empty steps once."""
    retry(lambda: noop.load(trial))
    retry(lambda: noop.transform(trial))
    retry(lambda: noop.export(trial))
