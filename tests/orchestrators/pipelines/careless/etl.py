"""The `etl` workload with a cache: the second run of a month exports nothing."""

from retry import retry

from reference import steps


def main(trial: str, month: str) -> None:
    """Run load and transform, and export in the first run only."""
    frame = retry(lambda: steps.load(trial, month))
    frame = retry(lambda: steps.transform(trial, frame))
    if "second" not in trial:
        retry(lambda: steps.export(trial, month, frame))
