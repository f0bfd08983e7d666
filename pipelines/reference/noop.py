"""The three steps of the `noop` workload: nothing but the probe's stamps, so that only the orchestrator is timed."""

from reference.probe import observe


def load(trial: str) -> None:
    """Do nothing, observed."""
    with observe(trial, "load"):
        pass


def transform(trial: str) -> None:
    """Do nothing, observed."""
    with observe(trial, "transform"):
        pass


def export(trial: str) -> None:
    """Do nothing, observed."""
    with observe(trial, "export"):
        pass
