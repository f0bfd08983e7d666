"""Files of older formats are read like today's, and not changed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks import Odd, edit_environment, edit_records, write_benchmark

from harness.audit import audit
from harness.labs.report_files import generated
from harness.results.environment import ENVIRONMENT
from harness.results.older import record_of_today
from harness.results.records import InRound
from harness.results.result import PLAN, Result, read_environment, read_result


def make_older(content: dict[str, Any], written_in: int) -> None:
    """Remove the fields that environments of an older format lacked."""
    content.update(format=written_in, carried_from=None)
    del content["choice"]
    for system in content["systems"]:
        del system["mode"], system["unsupported"], system["code_sha256"], system["shared_profile"]
        for profile in system["profiles"].values():
            del profile["not_tried"]


NUMBERS = ("round_number", "round_try", "trial_number", "trial_try")


@pytest.fixture
def today(tmp_path: Path) -> Result:
    """A benchmark in which a round and a trial were tried again."""
    odd = Odd(interrupted=("lap2-tool-defaults",), absences={"lap1-floor-defaults-02-noop": 1})
    write_benchmark(tmp_path, laps=2, odd=odd)
    return read_result(tmp_path)


@pytest.fixture(params=[2, 3])
def older(request: pytest.FixtureRequest, tmp_path: Path, today: Result) -> Path:
    plan = json.loads((tmp_path / PLAN).read_text())
    plan["format"] = request.param
    for planned in plan["rounds"]:
        del planned["number"]
    (tmp_path / PLAN).write_text(json.dumps(plan))
    sha256 = hashlib.sha256((tmp_path / PLAN).read_bytes()).hexdigest()
    edit_environment(tmp_path, lambda content: content.update(plan_sha256=sha256))
    edit_environment(tmp_path, lambda content: make_older(content, request.param))
    edit_records(tmp_path, lambda records: [each.pop(name, None) for each in records for name in NUMBERS])
    return tmp_path


def test_the_numbers_of_rounds_and_trials_are_read_from_their_ids(older: Path, today: Result) -> None:
    result = read_result(older)
    assert result.plan.rounds == today.plan.rounds
    assert result.records == today.records
    tried_again = [each for each in result.records if isinstance(each, InRound) and each.round_try == 2]
    assert {(each.round, each.round_number) for each in tried_again} == {("lap2-tool-defaults-try2", 4)}


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ({"kind": "round", "round": "lap9-tool-defaults"}, {"round_number": 0, "round_try": 1}),
        ({"kind": "round", "round": "lap1-a-tuned-try12"}, {"round_number": 7, "round_try": 12}),
        ({"kind": "crash", "round": "lap1-a-tuned", "trial": 5}, {"trial_number": 0, "trial_try": 1}),
        ({"kind": "trial", "round": "lap1-a-tuned", "trial": "lap1-a-tuned-nth-etl"}, {"trial_number": 0}),
        ({"kind": "trial", "round": "lap1-a-tuned", "trial": "lap1-a-tuned-04-task-killed-try3"}, {"trial_number": 4}),
    ],
)
def test_an_id_without_a_number_has_number_0(content: dict[str, Any], numbers: dict[str, int]) -> None:
    record = json.loads(record_of_today(json.dumps(content).encode(), {"lap1-a-tuned": 7}))
    assert {**content, **numbers}.items() <= record.items()


def test_missing_values_are_those_that_applied_then(older: Path) -> None:
    environment = read_environment(older)
    assert environment.choice is None
    assert {(system.mode, len(system.unsupported)) for system in environment.systems} == {("server", 0)}
    assert {system.shared_profile for system in environment.systems} == {"defaults"}
    assert all(not each.not_tried for system in environment.systems for each in system.profiles.values())


def test_it_passes_the_audit_has_a_report_and_keeps_its_bytes(older: Path) -> None:
    before = (older / ENVIRONMENT).read_bytes()
    result = read_result(older)
    assert audit(result) == []
    assert dict(generated(result))["table.md"]
    assert (older / ENVIRONMENT).read_bytes() == before


def test_a_file_that_lacks_more_than_its_format_is_refused(older: Path) -> None:
    content = json.loads((older / ENVIRONMENT).read_text())
    del content["systems"][1]["version"]
    (older / ENVIRONMENT).write_text(json.dumps(content))
    with pytest.raises(Exception, match=r"systems\.1\.version: Field required"):
        read_environment(older)
