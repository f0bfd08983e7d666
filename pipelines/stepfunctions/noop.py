"""The steps of the state machine `noop`. They have `month` so that both take the same input."""

from reference import noop


def load(trial: str, month: str) -> None:
    noop.load(trial)


def transform(trial: str, month: str) -> None:
    noop.transform(trial)


def export(trial: str, month: str) -> None:
    noop.export(trial)
