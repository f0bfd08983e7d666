"""What a person sees of a crash lap while it runs."""

import io

import pytest
from rich.console import Console
from samples import crash

from harness.cli.progress import Display
from harness.experiment.crash import crashes
from harness.experiment.plan import PlannedRound


@pytest.mark.parametrize("outcome", ["missed", "hung", "error"])
def test_a_trial_that_saw_nothing_is_named_alike_in_its_line_and_in_the_bar(outcome: str) -> None:
    seen = Console(file=io.StringIO(), record=True, width=200, force_terminal=True)
    planned = PlannedRound(1, "tool", "defaults", (), rest_s=0)
    with Display(seen, {planned.id: 60.0}, [planned], crashes=crashes()) as display:
        display.crash(crash("tool", outcome=outcome, finding=None, reason="nothing was struck"))
    told = seen.export_text()
    assert f"task-killed      {outcome} " in told
    assert f"last: tool defaults task-killed: {outcome}" in told
