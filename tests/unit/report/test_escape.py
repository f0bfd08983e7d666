"""Quoted text in markdown is shown as it is, and never as markup."""

import pytest

from harness.report.escape import escaped


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain words, 1.5 [1.2–1.8]", "plain words, 1.5 [1.2–1.8]"),
        ("a | b", "a &#124; b"),
        ("<script>", "&lt;script&gt;"),
        ("[x](y)", "[x]\\(y)"),
        ("two\nlines", "two lines"),
        ("`etl` and `a|b`", "`etl` and `a/b`"),
        ("one ` alone", "one ' alone"),
        ("**bold** _it_", "\\*\\*bold\\*\\* \\_it\\_"),
        ("a & b", "a &amp; b"),
    ],
)
def test_nothing_becomes_markup(words: str, shown: str) -> None:
    assert escaped(words) == shown
