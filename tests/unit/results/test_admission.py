"""The audit's rules for a trial are applied before its record is stored."""

import os
from pathlib import Path
from typing import Any

import pytest
from benchmarks import write_benchmark, write_crash_lap

from harness.experiment.golden import Content, Output
from harness.results.admission import admitted, refused
from harness.results.crash_laws import trial_faults as broken_of_crash
from harness.results.records import CrashRecord, RoundRecord, TrialRecord
from harness.results.result import read_result
from harness.results.trial_laws import trial_faults


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("admission")
    write_benchmark(folder / "laps")
    write_crash_lap(folder / "crashed", "floor", "tool")
    return folder


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"cpu_s": 1e6}, "cpu_s is 1e+06"),
        ({"peak_rss_bytes": 2**40}, "peak_rss_bytes is"),
        ({"waiting_share": 1.5}, "waiting_share is 1.5"),
        ({"phases": None}, "it has no phases"),
        ({"at_s": 1.0}, "before the run ended"),
        ({"outcome": "failed", "reason": "I say so"}, "the audit judges it valid"),
        ({"poll_resolution_s": 0}, "poll_resolution_s"),
    ],
)
def test_a_trial_that_breaks_a_rule_is_an_error_that_says_so(folders: Path, odd: dict[str, Any], words: str) -> None:
    result = read_result(folders / "laps")
    trial = next(each for each in result.records if isinstance(each, TrialRecord) and each.scenario == "etl")
    assert admitted(trial, result.plan, result.environment) is trial
    kept = admitted(trial.model_copy(update=odd), result.plan, result.environment)
    assert kept.outcome == "error"
    assert words in kept.reason
    if "poll_resolution_s" not in odd:
        assert list(trial_faults(kept, result.plan, result.environment)) == [], "the audit objects all the same"


def test_a_trial_that_cannot_be_stored_is_an_error_that_can(folders: Path) -> None:
    result = read_result(folders / "laps")
    trial = next(each for each in result.records if isinstance(each, TrialRecord))
    odd = Output(files={os.fsdecode(b"\xff.parquet"): Content(rows=0)}, difference="\udcff: expected no such file")
    kept = admitted(trial.model_copy(update={"outcome": "invalid", "output": odd}), result.plan, result.environment)
    assert kept.outcome == "error"
    assert kept.reason.startswith("it cannot be written: ")
    assert kept.model_dump_json()


def test_a_crash_trial_that_breaks_a_rule_is_an_error_that_says_so(folders: Path) -> None:
    result = read_result(folders / "crashed")
    trial = next(each for each in result.records if isinstance(each, CrashRecord))
    assert admitted(trial, result.plan, result.environment) is trial
    kept = admitted(trial.model_copy(update={"overlap_s": 5.0}), result.plan, result.environment)
    assert (kept.outcome, kept.reason) == ("error", "overlap_s is 5, but its events give 0")
    assert list(broken_of_crash(kept, result.plan)) == []


def test_each_kind_has_the_reason_in_its_own_field(folders: Path) -> None:
    records = read_result(folders / "laps").records
    end = next(each for each in records if isinstance(each, RoundRecord))
    told = refused(end, "it is odd")
    assert isinstance(told, RoundRecord)
    assert (told.failure, told.ready_s, told.idle_rss_bytes, told.first_success_s) == ("it is odd", None, None, None)
