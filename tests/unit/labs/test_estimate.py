"""The expected duration of rounds: measured times come before estimates."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks import edit_records, write_benchmark, write_crash_lap

from harness.experiment.plan import Plan
from harness.labs.estimate import expected_wall_s
from harness.labs.kinds import kind_of
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, read_result


def rounds_s(results: list[Result], plan: Plan) -> dict[str, float]:
    return kind_of(plan).estimate(results, {}, plan)


def lasted_s(result: Result, orchestrator: str) -> float:
    (record,) = (r for r in result.records if isinstance(r, RoundRecord) and r.orchestrator == orchestrator)
    return record.duration_s


def test_a_round_takes_as_long_as_an_equal_one(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "tool")
    result = read_result(tmp_path)
    (planned,) = result.plan.rounds
    assert rounds_s([result], result.plan) == {planned.id: pytest.approx(lasted_s(result, "tool"), abs=1)}


def test_a_part_of_the_crash_lab_takes_its_share(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "tool")
    result = read_result(tmp_path)
    (planned,) = result.plan.rounds
    whole_s = lasted_s(result, "tool")
    part = Plan(result.plan.scenarios, (replace(planned, trials=planned.trials[:1]),), crashes=result.plan.crashes)
    assert rounds_s([result], part) == {planned.id: pytest.approx(whole_s / 2)}
    unknown = replace(planned, orchestrator="other")
    plan = replace(part, rounds=(unknown,))
    assert rounds_s([result], plan) == {unknown.id: pytest.approx(len(unknown.trials) * 60)}, "its step exits at once"


def test_a_system_with_rounds_of_two_sizes_has_an_estimate_for_each(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "tool")
    result = read_result(tmp_path)
    (planned,) = result.plan.rounds
    alone = replace(planned, trials=planned.trials[:1], alone=True)
    expected = rounds_s([result], replace(result.plan, rounds=(planned, alone)))
    assert expected[planned.id] == pytest.approx(2 * expected[alone.id])


def test_timeouts_are_as_frequent_as_before(tmp_path: Path) -> None:
    write_crash_lap(tmp_path / "calm", "tool")
    calm = read_result(tmp_path / "calm")
    (planned,) = calm.plan.rounds
    whole_s = lasted_s(calm, "tool")
    write_crash_lap(tmp_path / "stuck", "tool")

    def wait_in_vain(records: list[dict[str, Any]]) -> None:
        first = next(record for record in records if record["kind"] == "crash")
        first["finding"] = "stuck"
        (last,) = (record for record in records if record["kind"] == "round")
        last["duration_s"] += first["patience_s"]

    edit_records(tmp_path / "stuck", wait_in_vain)
    results = [calm, read_result(tmp_path / "stuck")]
    once = replace(calm.plan, rounds=(replace(planned, trials=planned.trials[:1]),), patience_s=900.0)
    assert rounds_s(results, once) == {planned.id: pytest.approx(whole_s / 2 + 900 / 2)}
    never = replace(once, rounds=(replace(planned, trials=planned.trials[1:]),))
    assert rounds_s(results, never) == {planned.id: pytest.approx(whole_s / 2)}


def test_parallel_rounds_share_the_time_and_a_single_round_has_all_of_it(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "floor", "tool")
    first, second = read_result(tmp_path).plan.rounds
    alone = replace(second, alone=True)
    expected = {first.id: 40.0, second.id: 80.0, alone.id: 30.0}
    assert expected_wall_s(expected, [first, second], 4) == 30.0
    assert expected_wall_s(expected, [first, second, alone], 4) == 60.0


def test_a_round_of_other_trials_is_estimated_from_known_ones(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "tool")
    result = read_result(tmp_path)
    (planned,) = result.plan.rounds
    removed = planned.trials[-1]
    (taken_s,) = (
        (record.finished_ns - record.sent_ns) / 1e9
        for record in result.records
        if isinstance(record, TrialRecord) and record.scenario == removed.scenario
    )
    shorter = replace(planned, trials=planned.trials[:-1], rest_s=planned.rest_s - 4)
    plan = replace(result.plan, rounds=(shorter,))
    expected_s = rounds_s([result], plan)[shorter.id]
    assert expected_s == pytest.approx(lasted_s(result, "tool") - taken_s - 4, abs=1)
