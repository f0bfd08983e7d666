"""What must hold between the trials of a round, of a round as a whole, and of the statistics of them all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.audit.found import Fault, Life, Records, of_kind
from harness.audit.trial import CLOCK_DRIFT_S
from harness.records import RECORDS, RoundRecord, TrialRecord
from harness.stats import Sample

_TOLERANCE_S = 1e-3


def one_at_a_time(life: Life) -> Iterator[Fault]:
    """Check that the trials of a round do not overlap, and that each waited for its phase before its trigger."""
    for before, after in pairwise(life.trials):
        pause_s = (after.record.sent_ns - before.record.finished_ns) / 1e9
        if pause_s < after.record.phase_offset_s - _TOLERANCE_S:
            waited = f"{after.record.phase_offset_s:.3f} s after the trial before it was over"
            yield after.fault(f"its trigger was sent {pause_s:.3f} s, expected at least {waited}")


def fits_its_trials(end: RoundRecord, trials: Sequence[TrialRecord]) -> Iterator[str]:
    """Check that a round's trials fit into it, and that its first success and its rest follow from them."""
    first_success_s, spent_s = None, 0.0
    for trial in trials:
        spent_s += (trial.finished_ns - trial.sent_ns) / 1e9
        if trial.outcome == "valid" and end.ready_s is not None and first_success_s is None:
            first_success_s = end.ready_s + spent_s
    if (first_success_s is None) != (end.first_success_s is None) or (
        first_success_s is not None and abs(first_success_s - (end.first_success_s or 0)) > _TOLERANCE_S
    ):
        yield f"first_success_s is {end.first_success_s}, its trials give {first_success_s}"
    if trials and end.ready_s is None:
        yield "it has trials, but was never ready"
    if (end.idle_rss_bytes is None) != (end.idle_cpu_cores is None):
        yield "it has one of the two figures at rest without the other"

    rested = end.idle_rss_bytes is not None
    if trials and not end.failure and not rested and trials[-1].cpu_s is not None and trials[-1].outcome != "hung":
        yield "it has no figures at rest, though its last trial has some"
    least_s = (end.ready_s or 0) + (end.rest_s if rested else 0)
    if trials:
        least_s += trials[0].phase_offset_s + (trials[-1].finished_ns - trials[0].sent_ns) / 1e9
    if least_s > end.duration_s + _TOLERANCE_S:
        yield f"it lasted {end.duration_s:.3f} s, what it holds takes {least_s:.3f} s"
    for trial in trials:
        if not -CLOCK_DRIFT_S <= end.at_s - trial.at_s <= end.duration_s + CLOCK_DRIFT_S:
            yield f"trial {trial.trial} was not recorded within its {end.duration_s:.3f} s"


def statistics(records: Records) -> Iterator[Fault]:
    """Check that mean and median of warm trials lie within their samples, and the median within its interval."""
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial in (each.record for each in of_kind(records, TrialRecord)):
        if trial.outcome == "valid" and trial.phases and not trial.cold:
            name = f"{trial.orchestrator} {trial.profile} {trial.scenario}"
            samples[name][trial.round].append(trial.phases.total_s)
    for name, rounds in samples.items():
        sample = Sample(tuple(map(tuple, rounds.values())))
        low, median, mean, high, interval = sample.low, sample.median, sample.mean, sample.high, sample.interval
        where = f"{RECORDS} (warm {name})"
        if low is None or median is None or mean is None or high is None:
            yield Fault(where, "it has samples, but no statistics")
        elif not (low <= median <= high and low <= mean <= high):
            yield Fault(where, f"median {median} and mean {mean} are not both within {low} to {high}")
        elif interval and not interval.includes(median):
            yield Fault(where, f"the median {median} is not within its interval, {interval.low} to {interval.high}")
