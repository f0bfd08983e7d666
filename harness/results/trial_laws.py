"""Rules for the record of a single trial: pure functions from a record to its faults.

The harness checks them before it keeps a record, and the audit checks them again. Knows one trial, its planned scenario
and the environment, but neither other trials nor current settings.
"""

from collections.abc import Iterator

from harness.experiment.golden import difference_stands
from harness.experiment.judgement import CLOCK_STEP_S, TrialEvidence, judge
from harness.experiment.plan import Plan
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Phases, TimelineError, phases
from harness.results.environment import Environment, ResolvedProfile
from harness.results.records import TrialRecord

_PHASE_TOLERANCE_S = 1e-6
SLACK, SLACK_S = 1.1, 0.5
"""A CPU quota holds per period, not to the microsecond."""
_READING_S = 0.5
"""How much longer than the trial the readings around it may span, counted for every CPU."""
_PRESSURE_SLACK_S = 2.5
"""The kernel updates its pressure totals every 2 s (kernel/sched/psi.c, PSI_FREQ)."""


def trial_faults(trial: TrialRecord, plan: Plan, environment: Environment) -> Iterator[str]:
    """Yield every fault of a trial's record."""
    scenario = plan.scenarios.get(trial.scenario)
    if scenario is None:
        yield f"the plan has no scenario {trial.scenario!r}"
        return
    yield from _stamps_are_possible(trial)
    yield from _phases_follow_from_stamps(trial)
    system = environment.system(trial.orchestrator)
    yield from _judgement_stands(trial, scenario, delays_retries=system is None or system.delays_retries)
    # The output of an error is not used.
    if trial.outcome != "error":
        yield from difference_stands(trial.output, scenario.expected.output)
    if profile := environment.profile(trial.orchestrator, trial.profile):
        yield from _within_limits(trial, profile, environment)


def beyond(most: dict[str, tuple[float | None, float]]) -> Iterator[str]:
    """Yield the figures that are impossibly large, and a memory of 0, which stands for one that is not reported."""
    for name, (figure, limit) in most.items():
        if figure is not None and figure > limit:
            yield f"{name} is {figure:g}, but at most {limit:g} is possible"
        if figure == 0 and name.endswith("_bytes"):
            yield f"{name} is 0, but unknown memory must be null"


def _within_limits(trial: TrialRecord, profile: ResolvedProfile, environment: Environment) -> Iterator[str]:
    elapsed_s = (trial.finished_ns - trial.sent_ns) / 1e9
    everybody_s = SLACK * environment.machine.cpus * (elapsed_s + _READING_S)
    return beyond(
        {
            "phase_offset_s": (trial.phase_offset_s, profile.poll_period_s),
            "peak_rss_bytes": (trial.peak_rss_bytes, environment.memory_bytes * profile.parts),
            "cpu_s": (trial.cpu_s, SLACK * environment.cpus * profile.parts * elapsed_s + SLACK_S),
            "foreign_cpu_s": (trial.foreign_cpu_s, everybody_s),
            "steal_s": (trial.steal_s, everybody_s),
            "waiting_share": (trial.waiting_share, 1.0),
            "pressure_s": (trial.pressure_s, SLACK * elapsed_s + _PRESSURE_SLACK_S),
        }
    )


def _stamps_are_possible(trial: TrialRecord) -> Iterator[str]:
    """Check that a trigger was sent, then accepted, and then the run ended, with its own events in order."""
    # A rejected trigger is an error.
    accepted_ns = trial.accepted_ns or (trial.sent_ns if trial.outcome == "error" else 0)
    if not 0 < trial.sent_ns <= accepted_ns <= trial.finished_ns:
        yield "expected sent_ns <= accepted_ns <= finished_ns"
    if trial.poll_resolution_s <= 0:
        yield "expected poll_resolution_s > 0"
    for event in trial.events:
        if event.trial != trial.trial:
            yield f"it contains an event of trial {event.trial!r}"
    stamps = [event.monotonic_ns for event in trial.events]
    if stamps != sorted(stamps):
        yield "its events are not in the order of their stamps"
    # Only valid trials give numbers.
    if trial.events and trial.outcome == "valid":
        over_s = (trial.finished_ns + min(event.time_ns - event.monotonic_ns for event in trial.events)) / 1e9
        if trial.at_s < over_s - CLOCK_STEP_S:
            yield f"it was recorded {over_s - trial.at_s:.3f} s before the run ended"


def _phases_follow_from_stamps(trial: TrialRecord) -> Iterator[str]:
    """Check that the phases match the stamps and sum to the total."""
    expected = None if trial.state is None else _phases(trial)
    if trial.phases is None or expected is None:
        if trial.phases != expected:
            yield f"it has {'no ' if trial.phases is None else ''}phases, which contradicts its stamps"
        return
    for (name, recorded), (_, wanted) in zip(trial.phases, expected, strict=True):
        if abs(recorded - wanted) > _PHASE_TOLERANCE_S:
            yield f"phases.{name} is {recorded:.6f}, but its stamps give {wanted:.6f}"


def _phases(trial: TrialRecord) -> Phases | None:
    try:
        return phases(trial.events, trial.sent_ns, trial.accepted_ns, trial.finished_ns)
    except TimelineError:
        return None


def _judgement_stands(trial: TrialRecord, scenario: Scenario, *, delays_retries: bool) -> Iterator[str]:
    """Judge the record again and check that the outcome is the same and, unless valid, has a reason."""
    if (trial.outcome == "valid") != (not trial.reason):
        yield f"it is {trial.outcome}, with {f'the reason {trial.reason!r}' if trial.reason else 'no reason'}"
    if trial.state is not None and not trial.state.final:
        yield f"its last state is {trial.state}, which is not final"
    if trial.outcome == "error":
        return
    seen = TrialEvidence(
        state=trial.state,
        sent_ns=trial.sent_ns,
        finished_ns=trial.finished_ns,
        events=trial.events,
        told=trial.attempts_told,
        difference=trial.output.difference,
        error="",
        ended_told_s=trial.ended_told_s,
        strangers=trial.strangers,
        clock_step_s=trial.clock_step_s,
        runs_told=trial.runs_told,
        absent_s=trial.absent_s,
    )
    outcome, reason = judge(scenario, seen, delays_retries=delays_retries)
    if outcome != trial.outcome:
        yield f"it is {trial.outcome}, but the audit judges it {outcome}{f': {reason}' if reason else ''}"
