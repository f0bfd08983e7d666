"""What an orchestrator may be called."""

import pytest

from harness.orchestrators.discovery import discover
from harness.orchestrators.names import objection


def test_whoever_is_here_may_be_called_so() -> None:
    assert [objection(manifest.name) for manifest in discover() if objection(manifest.name)] == []


@pytest.mark.parametrize("name", ["a", "step_functions", "dbos3", "match"])
def test_a_name_that_can_be(name: str) -> None:
    assert objection(name) == ""


@pytest.mark.parametrize(
    "name", ["", "_a", "A", "ä", "a\n", "a-b", "a.b", "a/b", "lambda", "None", "warehouse", "a" * 99]
)
def test_a_name_that_cannot_be(name: str) -> None:
    assert objection(name)
