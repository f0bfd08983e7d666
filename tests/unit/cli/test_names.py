"""Names on the command line: repeated, or with commas between them."""

import pytest

from harness.cli.names import listed


@pytest.mark.parametrize("given", [["a", "b"], ["a,b"], ["a, b,"], ["a,b", "a"]])
def test_a_list_is_written_as_one_likes(given: list[str]) -> None:
    assert listed(given) == ["a", "b"]


def test_nothing_is_no_name() -> None:
    assert listed(None) == listed([""]) == []
