"""The `etl` workload in plain Python: three steps, each tried again up to twice, one second apart.

NEXT: these steps as tasks of the tool's own, with its own setting for 2 retries and a delay of 1 s. A step calls the
function of `reference.steps` and nothing else; how the frame travels from one to the next is the tool's business.
"""

from retry import retry

from reference import steps


def main(trial: str, month: str) -> None:
    """Run load, transform and export once."""
    frame = retry(lambda: steps.load(trial, month))
    frame = retry(lambda: steps.transform(trial, frame))
    retry(lambda: steps.export(trial, month, frame))
