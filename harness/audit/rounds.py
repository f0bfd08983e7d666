"""Rules between the trials of a round, and for a whole round."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.audit.faults import Objection, RoundRecords, of_kind
from harness.experiment.judgement import CLOCK_STEP_S
from harness.results.records import RoundRecord, TrialRecord, first_success_s

_TOLERANCE_S = 1e-3


def one_at_a_time(own: RoundRecords) -> Iterator[Objection]:
    """Check that the trials of a round do not overlap, and that each waited for its phase offset."""
    for before, after in pairwise(of_kind(TrialRecord, own.records)):
        pause_s = (after.record.sent_ns - before.record.finished_ns) / 1e9
        if pause_s < after.record.phase_offset_s - _TOLERANCE_S:
            least = f"expected at least {after.record.phase_offset_s:.3f} s"
            yield after.fault(f"its trigger was sent {pause_s:.3f} s after the previous trial ended, {least}")


def check_round_totals(own: RoundRecords) -> Iterator[Objection]:
    """Check that a round's trials fit into it and give its first success, and that its idle use is consistent."""
    trials = [each.record for each in of_kind(TrialRecord, own.records)]
    for end in of_kind(RoundRecord, own.records):
        yield from map(end.fault, _totals(end.record, trials))


def _totals(end: RoundRecord, trials: Sequence[TrialRecord]) -> Iterator[str]:
    success_s = first_success_s(end.ready_s, trials)
    if (success_s is None) != (end.first_success_s is None) or (
        success_s is not None and abs(success_s - (end.first_success_s or 0)) > _TOLERANCE_S
    ):
        yield f"first_success_s is {end.first_success_s}, but its trials give {success_s}"
    if trials and end.ready_s is None:
        yield "it has trials, but it was never ready"
    rested = end.idle_cpu_cores is not None
    # A kernel that does not report idle memory reports none in trials either.
    memory_told = not rested or any(trial.peak_rss_bytes is not None for trial in trials)
    if (end.idle_rss_bytes is None) == rested and memory_told:
        yield "it has only one of the two idle figures"
    if trials and not end.failure and not rested and trials[-1].cpu_s is not None and not trials[-1].ends_a_life:
        yield "it has no idle figures, although its last trial has CPU and memory figures"
    least_s = (end.ready_s or 0) + (end.rest_s if rested else 0)
    if trials:
        least_s += trials[0].phase_offset_s + (trials[-1].finished_ns - trials[0].sent_ns) / 1e9
    if least_s > end.duration_s + _TOLERANCE_S:
        yield f"it lasted {end.duration_s:.3f} s, but its parts take {least_s:.3f} s"
    for trial in trials:
        stepped_s = CLOCK_STEP_S + abs(end.clock_step_s)
        if not -CLOCK_STEP_S <= end.at_s - trial.at_s <= end.duration_s + stepped_s:
            yield f"trial {trial.trial} was not recorded within the round's {end.duration_s:.3f} s"
