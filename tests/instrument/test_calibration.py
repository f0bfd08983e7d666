"""The harness measures what is there: an orchestrator with exactly known delays, and what comes out as its phases.

Timings are asserted here and nowhere else: that they are right is what a benchmark stands on.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from orchestrators.assembled import assemble
from orchestrators.pipelines.calibrate.delays import KINDS, KNOWN, delays

from harness.experiment.plan import PlannedTrial
from harness.experiment.scenario import scenarios
from harness.measure.stack import Stack
from harness.measure.trial import Place, run_trial
from harness.measure.watch import FINISH_POLL_S
from harness.orchestrators.manifest import read_manifest
from harness.paths import REPOSITORY
from harness.results.records import TrialRecord

pytestmark = pytest.mark.instrument

FOLDER = REPOSITORY / "tests" / "orchestrators" / "pipelines" / "calibrate"
CALIBRATE = read_manifest(FOLDER / "orchestrator.toml")
TRIALS = 12
"""How many of each kind."""
DISPATCH_LIMIT_S = 0.005
HOPS_LIMIT_S = 0.005
FINISH_LIMIT_S = 0.020
IN_STEP_LIMIT_S = 2 * FINISH_POLL_S
"""For `finish` of a run that is over at once: it ends in step with the harness, which finds it a whole poll later."""


@dataclass(frozen=True)
class Errors:
    """Measured minus true, in seconds."""

    dispatch_s: float
    hops_s: float
    finish_s: float


def measure(stack: Stack, trials: int) -> dict[str, list[TrialRecord]]:
    """Run so many trials of each kind, the kinds in turn, and return their records by kind."""
    records: dict[str, list[TrialRecord]] = {kind: [] for kind in KINDS}
    for number in range(trials):
        for kind, done in records.items():
            planned = PlannedTrial("noop", cold=False, phase_offset_s=0)
            place = Place(1, "calibration", f"{kind}-{number:02d}")
            done.append(run_trial(stack, place, planned, scenarios()["noop"], None))
    return records


def errors(record: TrialRecord) -> Errors:
    """Compare the phases of one record with the delays that were kept."""
    true, measured = delays(record.trial), record.phases
    assert measured is not None, f"{record.trial}: {record.reason}"
    return Errors(
        measured.queue_s - true.dispatch_s, measured.hops_s - 2 * true.hop_s, measured.finish_s - true.finish_s
    )


def median_errors(records: Sequence[TrialRecord]) -> Errors:
    """Return the median error of each phase, and print it with the extremes, in milliseconds."""
    every = [errors(record) for record in records]
    found = {}
    for phase in ("dispatch_s", "hops_s", "finish_s"):
        values = [getattr(each, phase) for each in every]
        found[phase] = statistics.median(values)
        low, middle, high = (1000 * value for value in (min(values), found[phase], max(values)))
        kind = records[0].trial.partition("-")[0]
        print(f"{kind:10} {phase:11} error {middle:+7.2f} ms ({low:+7.2f} to {high:+7.2f}, n = {len(values)})")
    return Errors(**found)


@pytest.fixture(scope="module")
def records(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[TrialRecord]]]:
    with serve(assemble(CALIBRATE, tmp_path_factory.mktemp("pipelines"))) as stack:
        yield measure(stack, TRIALS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_measured_is_what_was_waited(records: dict[str, list[TrialRecord]], kind: str) -> None:
    assert [record.reason for record in records[kind] if record.outcome != "valid"] == []
    median = median_errors(records[kind])
    assert abs(median.dispatch_s) < DISPATCH_LIMIT_S
    assert abs(median.hops_s) < HOPS_LIMIT_S
    assert abs(median.finish_s) < (IN_STEP_LIMIT_S if kind == "immediate" else FINISH_LIMIT_S)


def test_no_end_is_seen_before_it_is_there(records: dict[str, list[TrialRecord]]) -> None:
    assert min(errors(record).finish_s for some in records.values() for record in some) >= 0


def test_a_quarter_and_a_second_are_told_apart(records: dict[str, list[TrialRecord]]) -> None:
    """The counter-test: delays taken for those of another kind are far outside the limits."""
    true = KNOWN["quarter"]
    mistaken = [record.phases.queue_s - true.dispatch_s for record in records["second"] if record.phases is not None]
    assert statistics.median(mistaken) > 100 * DISPATCH_LIMIT_S
