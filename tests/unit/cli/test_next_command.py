"""The command for a more precise result, with the same choice, from the result's environment."""

import pytest
from samples import environment

from harness.cli.results import sharper
from harness.results.environment import Choice


@pytest.mark.parametrize(
    ("choice", "arguments"),
    [
        (None, "--preset standard"),
        (Choice(), "--preset standard"),
        (Choice(everyone=True), "--preset standard --all"),
        (Choice(only=["one", "other"]), "--preset standard --only one --only other"),
        (Choice(only=["one"], profiles=["tuned"]), "--preset standard --only one --profile tuned"),
    ],
)
def test_one_quick_lap_has_a_command_for_the_same_choice(choice: Choice | None, arguments: str) -> None:
    quick = environment("floor", "tool").model_copy(update={"choice": choice})
    assert sharper(quick) == f'make bench ARGS="{arguments}"'


@pytest.mark.parametrize(
    ("preset", "laps", "there_is"), [("standard", 4, False), ("standard", 1, True), ("crash", 1, False)]
)
def test_the_most_precise_result_has_none(preset: str, laps: int, there_is: bool) -> None:
    made = environment("floor", laps=laps).model_copy(update={"preset": preset})
    assert bool(sharper(made)) == there_is
