"""The `etl` workload in plain Python: three calls, each retried up to twice, one second apart."""

from retry import retry

from reference import steps


def main(trial: str, month: str) -> None:
    """Run load, transform and export once."""
    frame = retry(lambda: steps.load(trial, month))
    frame = retry(lambda: steps.transform(trial, frame))
    retry(lambda: steps.export(trial, month, frame))
