"""Measures and facts: each has one name and one definition, and is part of a topic."""

import re

from harness.paths import REPOSITORY
from harness.report.definitions import DEFINITIONS
from harness.report.measures import MEASURES, Measure
from harness.report.topics import TOPICS, full_heading

ENTRIES = [entry for topic in TOPICS for entry in topic.entries]
_NOT_IN_A_TABLE = {"retry_extra_s"}
"""Only in the headline, because the tables show the whole delay."""


def test_every_entry_is_defined_in_the_methodology() -> None:
    text = (REPOSITORY / "docs/method/measurement.md").read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {entry.about for entry in ENTRIES} | {each.about for each in MEASURES.values()} <= anchors


def test_every_entry_has_one_short_definition() -> None:
    assert DEFINITIONS.keys() >= {entry.key for entry in ENTRIES}
    assert all(words.endswith(".") and len(words) <= 100 for words in DEFINITIONS.values())


def test_each_entry_has_a_unique_key_and_each_measure_a_place() -> None:
    keys = [entry.key for entry in ENTRIES]
    assert len(keys) == len(set(keys))
    assert {entry.key for entry in ENTRIES if isinstance(entry, Measure)} == MEASURES.keys() - _NOT_IN_A_TABLE


def test_each_measure_has_its_unit_in_its_key() -> None:
    endings = {"s": "_s", "MB": "_mb", "kB": "_kb", "lines": "_lines", "% of a core": "_percent"}
    wrong = [each.key for each in MEASURES.values() if each.unit and not each.key.endswith(endings[each.unit])]
    assert wrong == []


def test_a_heading_on_its_own_names_its_workload_once() -> None:
    alone = {entry.key: full_heading(entry) for entry in ENTRIES}
    assert alone["etl_total_s"] == "`etl`: total, s"
    assert alone["noop_total_s"] == "`noop`: total, s"
    assert alone["etl_cpu_s"] == "`etl`: CPU, s"
    assert alone["ready_s"] == "startup, s"
    assert len(set(alone.values())) == len(alone)
