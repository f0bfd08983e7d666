"""No cheat gets a number: one orchestrator cheats in every known way, and the harness must catch each.

All runs share one stack, so the leftovers of a cheat are there in later trials. The kinds are defined in
tests/orchestrators/pipelines/cheat.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count

import psycopg
import pytest
from orchestrators.assembled import WITHOUT_EVENTS, assemble
from orchestrators.passing import PassingDriver

from harness.experiment.judgement import disagreement
from harness.experiment.plan import PlannedTrial
from harness.experiment.timeline import attempts
from harness.experiment.traits import retry_rule
from harness.isolation.protocol import Isolation
from harness.measure import warehouse
from harness.measure.event_file import read_events
from harness.measure.golden_file import scenarios
from harness.measure.stack import Stack
from harness.measure.trial import Place, run_trial
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import Driver, Refused
from harness.results.records import TrialRecord

pytestmark = pytest.mark.instrument

RETRY = scenarios()["retry"]

CAUGHT = [
    ("row", "retry", "invalid", r"flight: 27,005 rows, expected 27,004, duplicate keys: 1 \("),
    ("line", "retry", "invalid", r"flight-2013-01\.parquet: 27,005 rows, expected 27,004"),
    ("file", "retry", "invalid", r"flight-2013-01-1\.parquet: expected no such file"),
    (
        "liar",
        "retry",
        "failed",
        r"does not report attempt 1 of load \(failed\), attempt 1 of transform \(failed\), "
        r"attempt 2 of transform \(failed\)",
    ),
    ("swallow", "exhaustion", "failed", "the tool reported success, expected failed"),
    ("hasty", "retry", "failed", r"the tool says that the run ended \d\.\d+ s before export ended"),
    ("backdated", "retry", "failed", r"load started \d+\.\d+ s before the trigger was sent"),
    ("scribble", "retry", "invalid", r"events\.jsonl, line \d+ is no valid event"),
    ("eventless", "retry", "invalid", r"events\.jsonl, line \d+ is no valid event: event: Field required"),
    ("latin", "retry", "invalid", r"events\.jsonl, line \d+ is no valid event: .*unicode"),
    ("alias", "retry", "failed", r"load was started 0 times, expected 2 \(there are events of not-alias-\d+"),
    ("view", "retry", "invalid", "flight: it is a view, expected a table"),
    ("typed", "retry", "invalid", "flight: cannot be read: "),
    ("impatient", "retry", "failed", r"load was retried after 0\.5\d+ s instead of 1 s"),
]
"""Kind, scenario, and the required outcome and reason."""

Run = Callable[[str, str], TrialRecord]


def runner(stack: Stack) -> Run:
    """Return a function that runs one trial of a kind of cheat in a scenario."""
    numbers = count(1)

    def run(kind: str, scenario: str) -> TrialRecord:
        planned = PlannedTrial(scenario, cold=False, phase_offset_s=0)
        place = Place(1, "cheats", f"{kind}-{next(numbers):02d}")
        return run_trial(stack, place, planned, scenarios()[scenario], None)

    return run


@pytest.fixture(scope="module")
def stack(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with serve(assemble("cheat", tmp_path_factory.mktemp("pipelines"))) as served:
        yield served


@pytest.fixture(scope="module")
def run(stack: Stack) -> Run:
    return runner(stack)


@pytest.mark.parametrize("scenario", ["retry", "exhaustion"])
def test_the_honest_run_is_valid(run: Run, scenario: str) -> None:
    """The counter-test to all tests below, with the same server and scenarios."""
    record = run("honest", scenario)
    assert (record.outcome, record.reason) == ("valid", "")


def test_an_event_file_that_is_removed_is_missed(run: Run, isolation: Isolation) -> None:
    record = run("lost", "retry")
    outcome, reason = WITHOUT_EVENTS[isolation.kind]
    assert record.outcome == outcome, record.reason
    assert reason in record.reason


@pytest.mark.parametrize(("kind", "scenario", "outcome", "reason"), CAUGHT, ids=lambda each: str(each).split()[0])
def test_a_cheat_is_caught(run: Run, kind: str, scenario: str, outcome: str, reason: str) -> None:
    record = run(kind, scenario)
    assert record.outcome == outcome, record.reason
    assert re.search(reason, record.reason), record.reason


def test_a_success_before_the_export_has_ended_is_caught(stack: Stack, run: Run) -> None:
    record = run("early", "retry")
    wait_for_export(stack, record.trial)
    assert record.outcome == "failed", record.reason
    assert re.fullmatch(
        r"the tool reported success(, but export has not ended| \d+\.\d+ s before export ended)", record.reason
    ), record.reason


def test_an_honest_run_after_all_cheats_is_valid(run: Run) -> None:
    record = run("honest", "retry")
    assert (record.outcome, record.reason) == ("valid", "")


def test_output_of_an_earlier_trial_does_not_make_an_idle_one_valid(stack: Stack, run: Run) -> None:
    first = run("skips", "retry")
    assert (first.outcome, first.reason) == ("valid", "")
    running = stack.running
    left = warehouse.verify(running.warehouse.own_url, running.exchange.output, RETRY.month)
    assert left.difference == "", "it would pass, were it not removed"

    second = run("skips", "retry")
    assert attempts(second.events) == RETRY.expected.attempts, "nothing but its output gives it away"
    assert disagreement(second.events, second.attempts_told) == ""
    assert second.outcome == "invalid"
    assert "flight: the table is missing" in second.reason
    assert "flight-2013-01.parquet: the file is missing" in second.reason


def test_late_output_makes_neither_its_trial_nor_the_next_valid(stack: Stack, run: Run) -> None:
    first = run("late", "retry")
    assert first.outcome == "invalid", first.reason
    assert "flight: the table is missing" in first.reason

    second = run("late", "retry")
    wait_for_export(stack, second.trial)
    assert second.output.difference == "", "the first one's export has come by now"
    assert second.outcome == "failed"
    assert second.reason == "export was started 0 times, expected 1"


def test_the_reset_removes_everything_that_a_run_hoards(stack: Stack, run: Run) -> None:
    run("hoarder", "retry")
    running = stack.running
    with psycopg.connect(running.warehouse.url) as connection:
        assert connection.execute("SELECT count(*) FROM hoard.kept").fetchone() != (0,)
    assert (running.exchange.output / "deep" / "down" / "kept").is_file()
    warehouse.reset(running.warehouse, running.exchange.output)
    with psycopg.connect(running.warehouse.url) as connection:
        assert connection.execute("SELECT to_regnamespace('hoard')").fetchone() == (None,)
    assert list(running.exchange.output.iterdir()) == []


def test_a_growing_delay_is_distinguished_from_a_constant_one(run: Run) -> None:
    assert retry_rule([run("honest", "retry").events], period_s=0) == "constant"
    grown = run("backoff", "retry")
    assert grown.outcome == "valid", "no single trial gives it away"
    assert retry_rule([grown.events], period_s=0) == "changing"


class Forgetful(PassingDriver):
    """Passes a trigger on but reports that it was rejected. Finds the run that it started, at once or too late."""

    def __init__(self, driver: Driver, *, at_once: bool) -> None:
        super().__init__(driver)
        self.hidden = not at_once
        self.started: list[str] = []

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        self.started.append(self._driver.trigger(workload, parameters))
        if len(self.started) == 1:
            raise Refused("not now")
        return self.started[-1]

    def runs(self, _workload: str, _trial: str) -> list[str]:
        hidden, self.hidden = self.hidden, False
        return [] if hidden else self.started


@pytest.mark.parametrize(
    ("at_once", "outcome", "reason"),
    [(True, "valid", ""), (False, "failed", "a rejected trigger started a run after all: the tool lists 2 runs")],
)
def test_a_rejected_trigger_that_started_a_run_is_found(stack: Stack, at_once: bool, outcome: str, reason: str) -> None:
    forgetful = replace(stack, driver=BoundedDriver(Forgetful(stack.driver.driver, at_once=at_once)))
    record = runner(forgetful)("honest", "retry")
    assert (record.outcome, record.reason, record.refusals) == (outcome, reason, 1)
    assert record.runs_told == (1 if at_once else 2)
    time.sleep(0 if at_once else 5)  # the second run's last step would write into the next trial


def wait_for_export(stack: Stack, trial: str) -> None:
    """Wait until a trial's export has ended, so that it does not overlap a later one."""
    deadline = time.monotonic() + 30
    while not any(e.step == "export" and e.event == "ended" for e in read_events(stack.running.exchange.events, trial)):
        assert time.monotonic() < deadline
        time.sleep(0.25)
