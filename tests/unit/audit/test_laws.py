"""Audit rules: edits with a new chain still break one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks import Odd, edit_environment, edit_records, write_benchmark
from objections import audit, text
from samples import unit_test

from harness.report.lineup import lineup_of
from harness.report.markdown import render_tables
from harness.results.environment import ENVIRONMENT
from harness.results.records import RECORDS
from harness.results.result import PLAN, read_result

Content = dict[str, Any]


def trial(records: list[Content], scenario: str = "etl", orchestrator: str = "tool") -> Content:
    return next(r for r in records if r.get("scenario") == scenario and r["orchestrator"] == orchestrator)


def end(records: list[Content]) -> Content:
    return next(r for r in records if r["kind"] == "round" and r["orchestrator"] == "tool")


def put(scenario: str, /, **fields: object) -> Callable[[list[Content]], object]:
    return lambda records: trial(records, scenario).update(fields)


def put_end(**fields: object) -> Callable[[list[Content]], object]:
    return lambda records: end(records).update(fields)


def put_unit_test(**fields: object) -> Callable[[list[Content]], object]:
    return lambda records: next(each for each in records if each["kind"] == "unit_test").update(fields)


def inside(scenario: str, name: str, /, **fields: object) -> Callable[[list[Content]], object]:
    return lambda records: trial(records, scenario)[name].update(fields)


def content(scenario: str, kind: str, name: str, /, **fields: object) -> Callable[[list[Content]], object]:
    return lambda records: trial(records, scenario)["output"][kind].setdefault(name, {}).update(fields)


def event(scenario: str, index: int, /, **fields: object) -> Callable[[list[Content]], object]:
    return lambda records: trial(records, scenario)["events"][index].update(fields)


def add(name: str, seconds: float, scenario: str = "etl") -> Callable[[list[Content]], object]:
    def edit(records: list[Content]) -> None:
        trial(records, scenario)[name] += int(seconds * 1e9)

    return edit


def faster(records: list[Content]) -> None:
    """Remove a second from a trial's queue, with stamps and phases that fit."""
    record = trial(records)
    for name in ("sent_ns", "accepted_ns"):
        record[name] += 100_000_000
    record["phases"]["queue_s"] -= 0.1
    record["phases"]["total_s"] -= 0.1


def shifted(records: list[Content]) -> None:
    """Move a whole trial on both clocks into the one before it."""
    record = trial(records, "retry")
    for stamp in ("sent_ns", "accepted_ns", "finished_ns"):
        record[stamp] -= 10**9
    for each in record["events"]:
        each["monotonic_ns"] -= 10**9
        each["time_ns"] -= 10**9


def fourth_step(records: list[Content]) -> None:
    events = trial(records)["events"]
    events[2:2] = [{**each, "step": "extra", "monotonic_ns": events[1]["monotonic_ns"] + 1} for each in events[:2]]
    trial(records)["attempts_told"].append({"step": "extra", "number": 1, "succeeded": True})


def second_try_alone(records: list[Content]) -> None:
    for each in trial(records)["events"]:
        each["attempt"] += each["step"] == "transform"
    trial(records)["attempts_told"][1]["number"] = 2


def failure_at_first(records: list[Content]) -> None:
    trial(records)["events"][1].update(outcome="failure", error="it broke", rows_in=None, rows_out=None)
    trial(records)["attempts_told"][0]["succeeded"] = False


def retry_that_never_was(records: list[Content]) -> None:
    record = trial(records, "retry")
    record["events"] = [each for each in record["events"] if (each["step"], each["attempt"]) != ("transform", 2)]


def account_without_failures(records: list[Content]) -> None:
    record = trial(records, "retry")
    record["attempts_told"] = [each for each in record["attempts_told"] if each["succeeded"]]


def success_at_first(records: list[Content]) -> None:
    record = trial(records, "retry")
    for each in record["events"]:
        if each["event"] == "ended":
            each["outcome"] = "success"
    for each in record["attempts_told"]:
        each["succeeded"] = True


def tried_again(times: int, outcome: str) -> Callable[[list[Content]], object]:
    """Repeat a trial under the names of its next tries, all before the last with this outcome."""

    def edit(records: list[Content]) -> None:
        record = trial(records)
        place, name = records.index(record), record["trial"]
        for number in range(times + 1, 1, -1):
            again = json.loads(json.dumps(record).replace(name, f"{name}-try{number}"))
            again["trial_try"] = number
            records.insert(place + 1, again)
        for each in records[place : place + times]:
            each.update(outcome=outcome, reason="" if outcome == "valid" else "the harness did not run for 17.2 s")

    return edit


def beyond_numbers(records: list[Content]) -> None:
    trial(records)["phases"]["total_s"] = float("nan")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        # Stamps and phases
        (add("finished_ns", 0.05), "phases.finish_s"),
        (add("sent_ns", 1), "expected sent_ns <= accepted_ns <= finished_ns"),
        (add("sent_ns", 0.019), "phases.trigger_s"),
        (add("finished_ns", -0.2), "s before export ended"),
        (inside("etl", "phases", total_s=1.0), "phases.total_s"),
        (inside("etl", "phases", hops_s=-1.0), "phases.hops_s"),
        (put("etl", phases=None), "it has no phases"),
        (faster, "first_success_s is"),
        (shifted, "expected at least"),
        (beyond_numbers, "phases.total_s is not a possible number"),
        (put("etl", poll_resolution_s=0), "poll_resolution_s"),
        (put("etl", at_s=1_750_000_001.0), "before the run ended"),
        # Events
        (event("etl", 0, monotonic_ns=1), "before the trigger was sent"),
        (event("etl", 2, time_ns=5), "diverge by"),
        (event("etl", 0, trial="another"), "an event of trial 'another'"),
        (event("etl", 0, step="loads"), "reported success, but loads has not ended"),
        (fourth_step, "an event of an unknown step 'extra'"),
        (event("etl", 1, rows_out=None), "None rows in and None out, expected None and 336776"),
        (event("etl", 0, outcome="success"), "has the outcome success"),
        (event("etl", 0, rows_out=336_776), "counts rows, although it is no success"),
        (event("etl", 1, error="it broke"), "has an error, unlike its outcome"),
        (event("retry", 1, error=None), "has no error, unlike its outcome"),
        (event("etl", 2, attempt=2), "reported success, but transform has not ended"),
        (second_try_alone, "attempt 2 of transform is start number 1"),
        (lambda records: trial(records)["events"].reverse(), "not in the order of their stamps"),
        (lambda records: trial(records)["events"].pop(0), "load was started 0 times, expected 1"),
        (event("etl", 2, pid=8), "has no start before it"),
        (event("etl", 5, rows_out=336_775), "336775 out, expected 336776"),
        (event("noop", 1, rows_out=1), "expected None and None"),
        # Attempts and outcomes
        (retry_that_never_was, "transform was started 2 times, expected 3"),
        (account_without_failures, "does not report attempt 1 of load (failed)"),
        (success_at_first, "the end of attempt 1 of load has an error, unlike its outcome"),
        (failure_at_first, "the attempts of load ended failure, expected success"),
        (put("etl", outcome="failed", reason="I say so"), "the audit judges it valid"),
        (put("etl", outcome="error"), "it is error, with no reason"),
        (put("etl", reason="?"), "it is valid, with the reason '?'"),
        (put("etl", state="failed"), "the audit judges it failed: the tool reported failed"),
        (put("exhaustion", state="success"), "the audit judges it failed: the tool reported success"),
        (put("etl", state="running"), "which is not final"),
        (put("etl", state="fine"), "trial.state: Input should be"),
        (put("etl", scenario="sleep"), "no scenario 'sleep'"),
        # Output
        (content("etl", "tables", "flight", sha256="0" * 64), "output.tables.flight is 336776 rows of 000000000000"),
        (content("retry", "files", "flight-2013-01.parquet", rows=27_005), "is 27005 rows of"),
        (
            content("noop", "tables", "flight", rows=1, sha256=""),
            "is 1 rows of no hash, expected missing",
        ),
        (inside("etl", "output", difference="a row"), "says it differs: a row"),
        (inside("etl", "output", more=0), "trial.output.more: Extra inputs are not permitted"),
        (inside("etl", "output", tables={}), "output.tables.flight is missing, expected 336776 rows"),
        # Limits
        (put("etl", cpu_s=1e6), "cpu_s is 1e+06"),
        (put("etl", foreign_cpu_s=1e6), "foreign_cpu_s"),
        (put("etl", steal_s=1e6), "steal_s"),
        (put("etl", pressure_s=1e6), "pressure_s"),
        (put("etl", cpu_s=-1.0), "cpu_s is negative"),
        (put("etl", peak_rss_bytes=2**34), "peak_rss_bytes"),
        (put("etl", phase_offset_s=5.5), "phase_offset_s is 5.5, but at most 5"),
        (put("etl", phase_offset_s=4.5), "differ from the plan"),
        (put("etl", profile="tuned"), "lap, orchestrator or profile differ from round lap1-tool-defaults"),
        (put("etl", orchestrator="floor"), "differ from round lap1-tool-defaults"),
        (put("etl", refusals=-1), "refusals is negative"),
        (put("etl", kind="guess"), "Input tag 'guess'"),
        (put("etl", kind=[]), "tag"),
        (put("etl", refusals="0"), "trial.refusals: Input should be a valid integer"),
        (put("etl", more=1), "trial.more: Extra inputs are not permitted"),
        (put("etl", peak_rss_bytes=0), "peak_rss_bytes is 0, but unknown memory must be null"),
        (put("etl", absent_s=17.2), "it is valid, but the audit judges it error: the harness did not run for 17.2 s"),
        (
            put("etl", trial="lap1-tool-defaults-01-etl-try2"),
            "01-etl-try2, but its numbers give lap1-tool-defaults-01-etl",
        ),
        (
            put("etl", trial_try=2),
            "01-etl, but its numbers give lap1-tool-defaults-01-etl-try2",
        ),
        (
            put("etl", trial="lap1-tool-defaults-01-etl-try2", trial_try=2),
            "it is try 1 of lap1-tool-defaults-01-etl, but at most 3",
        ),
        (tried_again(1, "valid"), "its trial was repeated, although it had not ended in an error"),
        (tried_again(3, "error"), "it is try 4 of lap1-tool-defaults-01-etl, but at most 3"),
        # Rounds
        (put_end(idle_rss_bytes=0), "idle_rss_bytes is 0, but unknown memory must be null"),
        (put_end(first_success_s=None), "first_success_s is None"),
        (put_end(first_success_s=1.0), "first_success_s is 1.0"),
        (put_end(ready_s=None), "it has trials, but it was never ready"),
        (put_end(ready_s=90.0), "its parts take"),
        (put_end(duration_s=20.0), "it lasted 20.000 s"),
        (put_end(idle_rss_bytes=None), "only one of the two idle figures"),
        (put_end(idle_rss_bytes=None, idle_cpu_cores=None), "no idle figures"),
        (put_end(idle_cpu_cores=9.0), "idle CPU time"),
        (put_end(rest_s=9.0), "rest_s is 9, but the plan has 10"),
        (put_end(at_s=1_750_002_000.0), "was not recorded within"),
        (lambda records: records[1]["texts"].pop("a.py"), "its texts are not those of the files"),
        # Unit tests
        (put_unit_test(exit_status=2), "it exits with 2 but has no failure"),
        (put_unit_test(test_s=None), "it has no test_s and no failure"),
        (put_unit_test(output=None), "it has no output and no failure"),
        (put_unit_test(failure="I say so"), "has the failure 'I say so'"),
        (put_unit_test(peak_rss_bytes=2**40), "more than the limit"),
        (put_unit_test(output={"tables": {}, "files": {}}), "output.tables.flight is missing"),
        (put_unit_test(profile="tuned"), "(unit_test of floor tuned): the plan has no such record"),
        (lambda records: records.pop(3), "the unit_test record of floor defaults is missing"),
        # The plan
        (lambda records: records.remove(trial(records)), "trial lap1-tool-defaults-01-etl of its round is missing"),
        (lambda records: records.append(dict(trial(records))), "its trial appears 2 times"),
        (lambda records: records.remove(end(records)), "round lap1-tool-defaults has no end record"),
        (lambda records: records.append(dict(end(records))), "its round has two ends"),
        (
            put("etl", trial_number=7),
            "01-etl, but its numbers give lap1-tool-defaults-07-etl",
        ),
        (put("etl", trial="lap1-tool-defaults-07-etl", trial_number=7), "the plan has no such trial"),
        (put("etl", cold=False), "differ from the plan"),
        (
            put("etl", round="lap9-tool-defaults"),
            "its id is lap9-tool-defaults, but its numbers give lap1-",
        ),
        (put("etl", round_number=9), "the plan has no round 9 (lap1-tool-defaults)"),
        (put_end(round_try=2), "its id is lap1-tool-defaults, but its numbers give lap1-tool-defaults-try2"),
        (lambda records: records.pop(0), "the built record of floor defaults is missing"),
        (lambda records: records.pop(1), "the code record of floor defaults is missing"),
        (lambda records: records.pop(2), "the setup record of floor defaults is missing"),
        (lambda records: records.insert(0, dict(records[0])), "it appears a second time"),
        (lambda records: records.append(records.pop(0)), "it comes after the first trial of its orchestrator"),
        (lambda records: records[0].update(at_s=1.0), "before the records above it"),
        (lambda records: records[-1].update(at_s=1_999_999_999.0), "before the last record"),
    ],
)
def test_an_edit_with_a_new_chain_breaks_a_rule(
    folder: Path, edit: Callable[[list[Content]], object], words: str
) -> None:
    edit_records(folder, edit)
    assert words in text(audit(folder))


def test_a_fault_of_a_trial_names_its_line_and_its_trial(folder: Path) -> None:
    edit_records(folder, put("retry", outcome="failed", reason="I say so"))
    (fault,) = audit(folder)
    assert fault.where == f"{RECORDS}, line 19 (trial lap1-tool-defaults-04-retry)"


def test_an_invalid_trial_with_the_golden_output_is_a_fault(folder: Path) -> None:
    wrong = "flight: 1 row, expected more"

    def edit(records: list[Content]) -> None:
        trial(records)["output"].update(difference=wrong)
        trial(records).update(outcome="invalid", reason=wrong)

    edit_records(folder, edit)
    assert "the output is as expected" in text(audit(folder))


def test_an_interrupted_round_without_a_new_try_is_a_fault(tmp_path: Path) -> None:
    write_benchmark(tmp_path, odd=Odd(interrupted=("lap1-floor-defaults",)))
    edit_records(tmp_path, lambda records: [records.remove(r) for r in [*records] if "try2" in r.get("round", "")])
    assert "round lap1-floor-defaults has no end record" in text(audit(tmp_path))


def test_a_round_that_was_repeated_for_a_better_result_is_a_fault(tmp_path: Path) -> None:
    write_benchmark(tmp_path, odd=Odd(interrupted=("lap1-floor-defaults",)))

    def edit(records: list[Content]) -> None:
        index = next(n for n, each in enumerate(records) if each.get("round") == "lap1-floor-defaults-try2")
        ended = next(each for each in records if each["kind"] == "round")
        first = {"round": "lap1-floor-defaults", "round_try": 1}
        records.insert(index, {**ended, **first, "at_s": records[index - 1]["at_s"]})

    edit_records(tmp_path, edit)
    assert "it was repeated, although it had ended" in text(audit(tmp_path))


def interleave(folder: Path) -> None:
    """Let the first round end while the second runs."""

    def edit(records: list[Content]) -> None:
        first = next(n for n, each in enumerate(records) if each["kind"] == "round")
        ended, beside = records.pop(first), records[first]
        late_s = beside["at_s"] - ended["at_s"]
        records.insert(first + 1, {**ended, "at_s": beside["at_s"], "duration_s": ended["duration_s"] + late_s})

    edit_records(folder, edit)


def test_only_parallel_rounds_may_interleave(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    interleave(tmp_path)
    assert "records of another round come between it and its round" in text(audit(tmp_path))
    lanes = {"pinned": True, "harness": [0], "stacks": [1, 2], "lanes": [[1], [2]]}
    edit_environment(tmp_path, lambda content: content.update(pinning=lanes))
    assert text(audit(tmp_path)) == ""


def test_as_many_rounds_may_run_without_a_record_as_share_the_cpus(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    edit_environment(tmp_path, lambda content: content.update(ended_s=None))
    edit_records(
        tmp_path, lambda records: [records.remove(each) for each in [*records] if "floor" in each.get("round", "")]
    )
    assert "round lap1-floor-defaults has no record" in text(audit(tmp_path))
    sharing = {"pinned": False, "harness": [0, 1], "stacks": [0, 1], "sharing": 2}
    edit_environment(tmp_path, lambda content: content.update(pinning=sharing))
    assert "lap1-floor-defaults" not in text(audit(tmp_path))


def test_rounds_in_another_order_than_the_plans_are_found(tmp_path: Path) -> None:
    write_benchmark(tmp_path, laps=2)
    plan = json.loads((tmp_path / PLAN).read_text())
    first, second = plan["rounds"][:2]
    plan["rounds"][:2] = [{**second, "number": 1}, {**first, "number": 2}]
    (tmp_path / PLAN).write_text(json.dumps(plan))
    swapped = {1: 2, 2: 1}

    def renumber(records: list[Content]) -> None:
        for each in records:
            if number := each.get("round_number"):
                each["round_number"] = swapped.get(number, number)

    edit_records(tmp_path, renumber)
    assert "its round comes before lap1-floor-defaults in the plan" in text(audit(tmp_path))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda content: content.update(commit="main"), "commit: String should match pattern"),
        (
            lambda content: content["machine"].update(cpu_model=""),
            "machine.cpu_model: String should have",
        ),
        (lambda content: content["machine"].update(cpus=0), "machine.cpus: Input should be greater than 0"),
        (
            lambda content: content["isolation"].update(summary=""),
            "isolation.summary: String should have",
        ),
        (lambda content: content["systems"][1].update(lock_sha256="0"), "systems.1.lock_sha256: String should match"),
        (lambda content: content["warehouse"].update(id=""), "warehouse.id: String should have at least 1 character"),
        (lambda content: content["systems"][1].update(version=""), "systems.1.version: String should have"),
        (lambda content: content["systems"].append(content["systems"][1]), "tool appears 2 times"),
        (lambda content: content["systems"].pop(), "lap 1 does not have each system"),
        (lambda content: content["pinning"].update(stacks=[]), "pinning.stacks: List should have at least 1 item"),
        (lambda content: content["pinning"].update(stacks=[1], lanes=[[1], [1]]), "CPU 1 does not belong"),
        (lambda content: content["pinning"].update(stacks=[1, 2], lanes=[[1], [3]]), "CPU 3 does not belong"),
        (lambda content: content.update(preset=""), "preset: String should have at least 1 character"),
        (lambda content: content.update(laps=2), "its laps are not 1 to 2"),
        (lambda content: content.update(memory_bytes=10**400), "memory_bytes: Input should be less than"),
        (lambda content: content["machine"].update(cpus=10**400), "machine.cpus: Input should be less than"),
        (lambda content: content.update(cpus=1e300), "cpus: Input should be less than"),
        (lambda content: content.update(memory_bytes=1), "peak_rss_bytes is"),
        (lambda content: content.update(plan_sha256="0" * 64), "its hash is not the one"),
        (lambda content: content.update(started_s=1_750_001_005.0), "before the records above it"),
        (lambda content: content.update(ended_s=1.0), "ended_s is not a time after started_s"),
        (lambda content: content.update(ended_s=1_750_000_000.5), "before the last record"),
        (lambda content: content.pop("seed"), "seed: Field required"),
    ],
)
def test_an_environment_with_a_new_chain_must_be_complete(
    folder: Path, edit: Callable[[Content], object], words: str
) -> None:
    if words.startswith("seed"):
        content = json.loads((folder / ENVIRONMENT).read_text())
        edit(content)
        (folder / ENVIRONMENT).write_text(json.dumps(content))
    else:
        edit_environment(folder, edit)
    assert words in text(audit(folder))


def test_a_checkout_without_git_has_no_commit(folder: Path) -> None:
    edit_environment(folder, lambda content: content.update(commit=""))
    assert text(audit(folder)) == ""


def test_every_fault_is_reported(folder: Path) -> None:
    edit_records(folder, put("etl", cpu_s=1e6))
    (folder / PLAN).write_bytes((folder / PLAN).read_bytes() + b" ")
    with (folder / RECORDS).open("a") as file:
        file.write("nonsense\n")
    faults = text(audit(folder))
    assert all(words in faults for words in ("cpu_s is 1e+06", "line 23: ", "plan.json: its hash is not the one in"))


def test_a_record_is_judged_by_the_scenario_of_its_own_plan(folder: Path) -> None:
    """Rules of today, such as the golden file or the number of retries, do not apply to older results."""
    plan = json.loads((folder / PLAN).read_text())
    plan["scenarios"]["etl"]["expected"]["rows"] = 5
    (folder / PLAN).write_text(json.dumps(plan))
    assert "None rows in and 336776 out, expected None and 5" in text(audit(folder))


def test_a_scenario_that_the_plan_lacks_is_a_fault_of_the_plan(folder: Path) -> None:
    plan = json.loads((folder / PLAN).read_text())
    del plan["scenarios"]["noop"]
    (folder / PLAN).write_text(json.dumps(plan))
    assert "lap1-tool-defaults names scenarios that the plan does not define: noop" in text(audit(folder))


def test_a_plan_without_unit_tests_has_none_and_their_cells_say_so(tmp_path: Path) -> None:
    write_benchmark(tmp_path, unit_tests=False)
    assert audit(tmp_path) == []
    assert "n/a: this preset runs none" in render_tables(lineup_of(read_result(tmp_path)))


def test_an_unplanned_unit_test_is_a_fault(tmp_path: Path) -> None:
    write_benchmark(tmp_path, unit_tests=False)
    edit_records(tmp_path, lambda records: records.insert(3, json.loads(unit_test("floor").model_dump_json())))
    assert "the plan has no such record" in text(audit(tmp_path))


def test_records_that_all_profiles_share_are_those_of_the_shared_profile(folder: Path) -> None:
    edit_environment(folder, lambda content: [each.update(shared_profile="tuned") for each in content["systems"]])
    told = text(audit(folder))
    assert "the plan has no such record" in told
    assert "the built record of tool tuned is missing" in told


def test_a_plan_whose_rounds_have_other_numbers_is_a_fault(folder: Path) -> None:
    plan = json.loads((folder / PLAN).read_text())
    plan["rounds"][1]["number"] = 3
    (folder / PLAN).write_text(json.dumps(plan))
    assert "plan.json: its rounds are not numbered in their order, from 1" in text(audit(folder))
