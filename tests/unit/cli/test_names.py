"""Names on the command line: repeated, or separated by commas."""

import pytest

from harness.cli.names import listed


@pytest.mark.parametrize("given", [["a", "b"], ["a,b"], ["a, b,"], ["a,b", "a"]])
def test_names_may_be_repeated_or_separated_by_commas(given: list[str]) -> None:
    assert listed(given) == ["a", "b"]


def test_an_empty_name_is_ignored() -> None:
    assert listed(None) == listed([""]) == []
