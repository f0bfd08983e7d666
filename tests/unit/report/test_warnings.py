"""Warnings for readers."""

import re

import pytest
from samples import once, result, trial

from harness.report.lineup import lineup_of
from harness.report.measures import MEASURES
from harness.report.warnings import warnings
from harness.results.records import Record, SetupRecord, TrialRecord


def warm(orchestrator: str, *totals_ms: float, rounds: int = 4, **more: float) -> list[TrialRecord]:
    return [
        trial(orchestrator, total_ms=total_ms).model_copy(update={"lap": n, "round": f"lap{n}-{orchestrator}", **more})
        for n in range(rounds)
        for total_ms in totals_ms
    ]


def said(*records: Record) -> str:
    return "\n".join(warnings(lineup_of(result("floor", "tool", records=records))))


def test_a_steady_benchmark_has_no_warning() -> None:
    assert said(*warm("floor", 2400, 2410), *warm("tool", 3000, 3010)) == ""


def test_a_wide_interval_is_explained_by_polling() -> None:
    totals_ms = (3000, 7900, 3000, 7900)
    text = said(*(each for lap, ms in enumerate(totals_ms) for each in warm("tool", ms, rounds=1, lap=lap)))
    assert "`etl`: wide intervals" in text
    assert re.search(r"Tool defaults \d+% \(polls every 5 s\)", text)


def test_a_failed_install_is_reported_once_for_all_profiles() -> None:
    failed = {"download_bytes": None, "packages": None, "install_s": None, "failure": "no wheel\nof stopit"}
    (setup,) = (record for record in once("tool") if isinstance(record, SetupRecord))
    text = said(*warm("floor", 2400, 2410), *warm("tool", 3000, 3010), setup.model_copy(update=failed))
    assert text == "Tool: no install time, because installing its locked dependencies failed: no wheel of stopit"


def test_a_machine_that_changed_is_named() -> None:
    slower = [each.model_copy(update={"round": "lap9-floor"}) for each in warm("floor", 3000, 3010, rounds=1)]
    assert "the baseline's `etl` differed by 25% between rounds" in said(*warm("floor", 2400, 2410), *slower)


def test_an_outlier_is_named_and_counted() -> None:
    records = [*warm("tool", 3000, 3010, 3020), *warm("tool", 9000, rounds=1)]
    text = said(*records)
    assert "outlier 9.00 s (median 3.01 s), included" in text
    (row,) = (each for each in lineup_of(result("floor", "tool", records=records)).rows if each.system.name == "tool")
    assert 9.0 in MEASURES["etl_total_s"].sample(row).values


@pytest.mark.parametrize(
    ("field", "words"), [("foreign_cpu_s", "Close other programs"), ("steal_s", "the hypervisor withheld")]
)
def test_load_from_other_processes_is_found(field: str, words: str) -> None:
    assert words in said(*warm("floor", 2400, 2410, **{field: 1.2}))
    assert words not in said(*warm("floor", 2400, 2410, **{field: 0.05}))
