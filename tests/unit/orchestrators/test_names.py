"""Names of orchestrators."""

import pytest

from harness.orchestrators.discovery import discover
from harness.orchestrators.names import objection


def test_existing_names_are_valid() -> None:
    assert [objection(manifest.name) for manifest in discover() if objection(manifest.name)] == []


@pytest.mark.parametrize("name", ["a", "step_functions", "dbos3", "match"])
def test_a_valid_name(name: str) -> None:
    assert objection(name) == ""


@pytest.mark.parametrize(
    "name", ["", "_a", "A", "ä", "a\n", "a-b", "a.b", "a/b", "lambda", "None", "warehouse", "a" * 99]
)
def test_an_invalid_name(name: str) -> None:
    assert objection(name)
