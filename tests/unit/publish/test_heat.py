"""The map of failures: a letter, a colour and words for each tool and scenario."""

from samples import crash, crashed

from harness.labs.crash.scenarios import crashes
from harness.publish.heat import GROUPS, Box, heat
from harness.results.records import Record


def boxes(*records: Record) -> dict[str, Box]:
    """Return the boxes of the one tool by the words over them."""
    shown = heat([crashed("floor", "tool", records=records)])
    assert shown is not None
    (row,) = shown.rows
    return dict(zip([name for _, names in shown.groups for name in names], row.boxes, strict=True))


def test_every_scenario_has_words_and_a_place() -> None:
    assert {name for scenarios in GROUPS.values() for name in scenarios} == crashes().keys()


def test_a_box_distinguishes_the_classes() -> None:
    found = boxes(
        crash("tool", delivered_s=8.14),
        crash("tool", "after-commit", finding="false success"),
        crash("tool", "cut-off", finding="stuck"),
    )
    assert {words: (box.kind, box.letter) for words, box in found.items()} == {
        "step": ("good", "R 8.1"),
        "killed after commit": ("wrong", "W"),
        "network": ("stuck", "S"),
    }
    assert boxes(crash("tool", finding="failed"))["step"].kind == "failed"


def test_a_box_of_different_trials_shows_the_worst() -> None:
    mixed = boxes(crash("tool"), crash("tool", lap=2, finding="failed"), crash("tool", lap=3))["step"]
    assert (mixed.kind, mixed.letter) == ("failed", "F 1/3")


def test_the_margin_counts_only_recoveries_from_kills() -> None:
    shown = heat([crashed("floor", "tool", records=[crash("tool"), crash("tool", "cut-off")])])
    assert shown is not None
    assert [row.deaths for row in shown.rows] == ["1 of 1"]


def test_without_a_verdict_on_a_tool_there_is_no_map() -> None:
    assert heat([]) is None
    assert heat([crashed("floor", records=[crash("floor")])]) is None
    assert heat([crashed("floor", "tool", records=[crash("tool", outcome="missed", finding=None)])]) is None
