"""What must hold between the trials of a round, and of a round as a whole."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.audit.faults import Fault, Life
from harness.experiment.judgement import CLOCK_STEP_S
from harness.results.records import RoundRecord, TrialRecord, first_success_s

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
    success_s = first_success_s(end.ready_s, trials)
    if (success_s is None) != (end.first_success_s is None) or (
        success_s is not None and abs(success_s - (end.first_success_s or 0)) > _TOLERANCE_S
    ):
        yield f"first_success_s is {end.first_success_s}, its trials give {success_s}"
    if trials and end.ready_s is None:
        yield "it has trials, but was never ready"
    rested = end.idle_cpu_cores is not None
    # A kernel that does not tell memory at rest tells it in no trial either.
    memory_told = not rested or any(trial.peak_rss_bytes is not None for trial in trials)
    if (end.idle_rss_bytes is None) == rested and memory_told:
        yield "it has one of the two figures at rest without the other"
    if trials and not end.failure and not rested and trials[-1].cpu_s is not None and not trials[-1].ends_a_life:
        yield "it has no figures at rest, though its last trial has some"
    least_s = (end.ready_s or 0) + (end.rest_s if rested else 0)
    if trials:
        least_s += trials[0].phase_offset_s + (trials[-1].finished_ns - trials[0].sent_ns) / 1e9
    if least_s > end.duration_s + _TOLERANCE_S:
        yield f"it lasted {end.duration_s:.3f} s, what it holds takes {least_s:.3f} s"
    for trial in trials:
        stepped_s = CLOCK_STEP_S + abs(end.clock_step_s)
        if not -CLOCK_STEP_S <= end.at_s - trial.at_s <= end.duration_s + stepped_s:
            yield f"trial {trial.trial} was not recorded within its {end.duration_s:.3f} s"
