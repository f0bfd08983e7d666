"""Measures an orchestrator with known delays, and compares its phases with them.

This is the only place that asserts timings, because every benchmark depends on them. The orchestrator measures its
delays with its own clock: only a lower bound of a sleep is known in advance.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from orchestrators.assembled import assemble
from orchestrators.pipelines.calibrate.delays import IMMEDIATE, KINDS, KNOWN, SPREAD_S, delays

from harness.experiment.plan import PlannedTrial
from harness.measure.golden_file import scenarios
from harness.measure.stack import Stack
from harness.measure.trial import Place, run_trial
from harness.measure.trigger import FINISH_POLL_S
from harness.orchestrators.loopback import client
from harness.results.records import TrialRecord

pytestmark = pytest.mark.instrument

TRIALS = 12
"""Trials per kind."""
DISPATCH_LIMIT_S = 0.005
HOPS_LIMIT_S = 0.005
FINISH_LIMIT_S = 0.020
IN_STEP_LIMIT_S = 2 * FINISH_POLL_S
"""The limit for `finish` of a run that ends at once, because it then waits for a whole poll of the harness."""
LATE_LIMIT_S = 0.1
"""The time that a machine adds to a sleep. It is wide, because it does not depend on the harness."""


@dataclass(frozen=True)
class Errors:
    """Measured minus true, in seconds."""

    dispatch_s: float
    hops_s: float
    finish_s: float


@dataclass(frozen=True)
class Measured:
    """A trial: its record, and its true delays in seconds by name."""

    record: TrialRecord
    kept: Mapping[str, float]


def measure(stack: Stack, trials: int) -> dict[str, list[Measured]]:
    """Run so many trials of each kind in turn, and return them by kind."""
    records: list[TrialRecord] = []
    planned = PlannedTrial("noop", cold=False, phase_offset_s=0)
    for number in range(trials):
        for kind in KINDS:
            place = Place(1, "calibration", f"{kind}-{number:02d}")
            records.append(run_trial(stack, place, planned, scenarios()["noop"], None))
    with client(stack.running.endpoint.url) as server:
        told = [server.get(f"/runs/{number}").json() for number in range(len(records))]
    assert [each["trial"] for each in told] == [record.trial for record in records]
    every = [Measured(record, each["kept"]) for record, each in zip(records, told, strict=True)]
    return {kind: [each for each in every if each.record.trial.startswith(kind)] for kind in KINDS}


def errors(trial: Measured) -> Errors:
    """Compare the phases of one record with its true delays."""
    phases = trial.record.phases
    assert phases is not None, f"{trial.record.trial}: {trial.record.reason}"
    true = trial.kept
    return Errors(
        phases.queue_s - true["dispatch_s"], phases.hops_s - true["hops_s"], phases.finish_s - true["finish_s"]
    )


def median_errors(trials: Sequence[Measured]) -> Errors:
    """Return the median error of each phase, and print it with the extremes, in milliseconds."""
    every = [errors(trial) for trial in trials]
    found = {}
    for phase in ("dispatch_s", "hops_s", "finish_s"):
        values = [getattr(each, phase) for each in every]
        found[phase] = statistics.median(values)
        low, middle, high = (1000 * value for value in (min(values), found[phase], max(values)))
        kind = trials[0].record.trial.partition("-")[0]
        print(f"{kind:10} {phase:11} error {middle:+7.2f} ms ({low:+7.2f} to {high:+7.2f}, n = {len(values)})")
    return Errors(**found)


@pytest.fixture(scope="module")
def measured(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Measured]]]:
    with serve(assemble("calibrate", tmp_path_factory.mktemp("pipelines"))) as stack:
        yield measure(stack, TRIALS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_measured_delays_are_the_true_ones(measured: dict[str, list[Measured]], kind: str) -> None:
    assert [trial.record.reason for trial in measured[kind] if trial.record.outcome != "valid"] == []
    median = median_errors(measured[kind])
    assert abs(median.dispatch_s) < DISPATCH_LIMIT_S
    assert abs(median.hops_s) < HOPS_LIMIT_S


@pytest.mark.parametrize("kind", KINDS)
def test_the_true_delays_are_hardly_longer_than_requested(measured: dict[str, list[Measured]], kind: str) -> None:
    """If the orchestrator's clock had the harness's errors, it would hide them. So it is compared with the plan."""
    late: list[float] = []
    for trial in measured[kind]:
        asked = delays(trial.record.trial)
        least = {"dispatch_s": asked.dispatch_s, "hops_s": 2 * asked.hop_s, "finish_s": asked.finish_s}
        late += [trial.kept[name] - least[name] for name in least]
    print(f"{kind:10} waited {1000 * statistics.median(late):.2f} ms more than asked (at most {1000 * max(late):.2f})")
    assert min(late) > -1e-6
    assert statistics.median(late) < LATE_LIMIT_S


def test_an_end_is_seen_within_a_poll(measured: dict[str, list[Measured]]) -> None:
    """Of all kinds together, because the median of a few ends depends on their place between polls."""
    spread = [errors(trial).finish_s for kind in KINDS for trial in measured[kind] if kind != IMMEDIATE]
    at_once = [errors(trial).finish_s for trial in measured[IMMEDIATE]]
    assert min(spread + at_once) >= 0, "no end is seen before it is there"
    assert statistics.median(spread) < FINISH_LIMIT_S
    assert statistics.median(at_once) < IN_STEP_LIMIT_S


def test_ends_are_spread_over_one_poll_of_the_harness() -> None:
    assert SPREAD_S == FINISH_POLL_S


def test_delays_of_different_kinds_are_distinguished(measured: dict[str, list[Measured]]) -> None:
    """The counter-test: with the delays of another kind, the errors are far outside the limits."""
    true = KNOWN["quarter"]
    phases = [trial.record.phases for trial in measured["second"]]
    mistaken = [each.queue_s - true.dispatch_s for each in phases if each is not None]
    assert statistics.median(mistaken) > 100 * DISPATCH_LIMIT_S
