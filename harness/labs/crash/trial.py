"""Runs one crash trial: a run, its fault, all observations, and the next run.

Knows a stack and a crash scenario and returns one record, but knows no laps or record files.
"""

import time
from collections.abc import Sequence

from harness.errors import worded
from harness.experiment.crash import Crash
from harness.experiment.crash_verdict import CrashEvidence, judge_crash, overlap_s, too_late
from harness.experiment.judgement import absent
from harness.experiment.timeline import Event
from harness.isolation.protocol import StackError
from harness.labs.crash.acts import Target, schedule
from harness.labs.crash.next_run import run_next
from harness.labs.crash.observer import CrashObservation, CrashObserver, Patience, is_alive
from harness.measure import warehouse
from harness.measure.golden_file import scenarios
from harness.measure.presence import present
from harness.measure.stack import Stack
from harness.measure.trial import Place
from harness.measure.trigger import RunObservation, send_trigger
from harness.orchestrators.driver import RunState
from harness.results.records import CrashRecord

TRIES = 3
"""How often a fault may miss its window before the trial ends."""
_MOMENT_POLL_S = 0.02
_DEATH_LIMIT_S = 5.0
_LONGEST, _MOST_RUNS = 500, 100
"""How much a record keeps of run ids, which come from the tool."""


class _Missed(Exception):
    """The window for the fault was over before it could hit."""

    def __init__(self, why: str, following: CrashObserver) -> None:
        super().__init__(why)
        self.following = following


def run_crash_trial(stack: Stack, place: Place, crash: Crash, patience: Patience, beside: int = 0) -> CrashRecord:
    """Run one crash trial and return its record, whose finding shows faults of the tool.

    `beside` is the number of parallel stacks. If the harness fails, or observes too late because it did not run, the
    outcome is `error` and the stack must be replaced.
    """
    with present() as presence:
        seen = _run(stack, crash, place.trial, patience)
        if absence := absent(presence.absent_s):
            # Leave out the observations, because a finding depends on their times.
            seen = {"outcome": "error", "reason": absence, "absent_s": presence.absent_s, "log": seen["log"]}
    record = CrashRecord(
        at_s=time.time(),
        orchestrator=stack.contender.name,
        profile=stack.contender.profile,
        **vars(place),
        scenario=crash.name,
        outcome="missed",
        ran_as=place.trial,
        patience_s=patience.limit_s,
        beside=beside,
    )
    return record.model_copy(update=seen)


def _run(stack: Stack, crash: Crash, trial: str, patience: Patience) -> dict[str, object]:
    """Run it until the fault hits and return the fields of the record."""
    seen: dict[str, object] = {}
    for misses in range(TRIES):
        # Each try has its own name, so that a missed run does not count for this one.
        name = f"{trial}.{misses + 1}" if misses else trial
        hung_s = stack.contender.trial_limit_s + patience.limit_s
        deadline = time.monotonic() + hung_s
        try:
            try:
                return {"ran_as": name, "misses": misses, **_try(stack, crash, name, patience)}
            except _Missed as missed:
                seen = {"ran_as": name, "misses": misses + 1, "reason": str(missed)}
                if not _comes_to_rest(missed.following, deadline):
                    hung = f"{missed}, and the run had not ended {hung_s:g} s after its trigger"
                    seen |= {"outcome": "hung", "reason": hung}
                    break
        except Exception as error:
            folder = stack.contender.manifest.folder
            log = getattr(error, "log", "") or stack.running.log()
            failed = {"outcome": "error", "reason": worded(error, folder), "log": log.splitlines()}
            return {**seen, "ran_as": name, **failed}
    return {**seen, "log": stack.running.log().splitlines()}


def _try(stack: Stack, crash: Crash, name: str, patience: Patience) -> dict[str, object]:
    """Run it once and return the fields of the record."""
    running, watch = stack.running, RunObservation()
    warehouse.reset(running.warehouse, running.exchange.output)
    running.exchange.clear()
    running.exchange.set_faults([{"trial": name, **fault.model_dump()} for fault in crash.faults])
    once = crash.act == "trigger again"
    run = send_trigger(stack, crash, name, watch, once=once)
    following = CrashObserver(stack, crash, name, run)
    at_work = _moment(stack, crash, following)
    struck_ns = at_work.monotonic_ns if at_work else time.monotonic_ns()
    following.seen.did += _proof_of_death(stack, crash, at_work)
    victim = Target(stack, run, at_work, lambda: send_trigger(stack, crash, name, RunObservation(), once=once))
    following.go_on(struck_ns, schedule(crash, victim), patience)
    seen, events = following.seen, following.events()

    def since_s(stamp_ns: int) -> float | None:
        return (stamp_ns - struck_ns) / 1e9 if stamp_ns else None

    if too_late(crash, events, since_s(seen.did_ns)):
        raise _Missed(f"{at_work.step if at_work else 'the step'} ended before the fault could hit it", following)
    later = following.inspect()
    lived_on = list(seen.living)
    following.hear()
    following_run = run_next(stack, crash if crash.wanted == "freed" else scenarios()["noop"], name)
    if following_run.state != RunState.SUCCESS:
        following.hear()
    traces = CrashEvidence(seen.told or later, later, events, lived_on, following_run.state)
    return {
        "outcome": "valid",
        "reason": "",
        "finding": judge_crash(crash, traces),
        "did": [each[:_LONGEST] for each in seen.did],
        "did_s": since_s(seen.did_ns),
        "sent_ns": watch.sent_ns,
        "struck_ns": struck_ns,
        "noticed_s": since_s(seen.noticed_ns),
        "told_s": since_s(seen.told_ns),
        "delivered_s": since_s(_delivered_ns(events, seen)),
        "told": seen.told,
        "later": later,
        "runs_told": [each[:_LONGEST] for each in seen.runs[:_MOST_RUNS]],
        "events": events,
        "alive_until_ns": seen.alive_until_ns,
        "lived_on": lived_on,
        "overlap_s": overlap_s(events, seen.alive_until_ns),
        "next_run": following_run.state,
        "next_run_s": following_run.seconds,
        "next_run_refusals": following_run.refusals,
        "next_run_refused": following_run.refused,
        "log": seen.log,
    }


def _delivered_ns(events: Sequence[Event], seen: CrashObservation) -> int:
    """Return when the data were delivered: at the end of the first export, or else when they were first seen."""
    ends = (e.monotonic_ns for e in events if (e.event, e.step, e.outcome) == ("ended", "export", "success"))
    return min(next(ends, seen.delivered_ns), seen.delivered_ns) if seen.delivered_ns else 0


def _proof_of_death(stack: Stack, crash: Crash, at_work: Event | None) -> list[str]:
    """Check that a step that should kill its own process did. Raises `StackError` if it is still alive."""
    if at_work is None or all(fault.kind != "exit" for fault in crash.faults):
        return []
    deadline = time.monotonic() + _DEATH_LIMIT_S
    while time.monotonic() < deadline:
        if not is_alive(stack.running, at_work):
            return [f"the step killed itself (SIGKILL): pid {at_work.pid} is gone"]
        time.sleep(_MOMENT_POLL_S)
    raise StackError(f"pid {at_work.pid} is still alive after SIGKILL", log=stack.running.log())


def _moment(stack: Stack, crash: Crash, following: CrashObserver) -> Event | None:
    """Wait for the moment of the act. Return the fault that announces it, if there is one.

    Raises `_Missed`, and `DriverTripped` if the driver hides the moment.
    """
    deadline = time.monotonic() + stack.contender.trial_limit_s
    while time.monotonic() < deadline:
        events = following.events()
        if crash.moment == "accepted":
            return None
        if crash.moment == "claimed":
            if events:
                raise _Missed(f"{events[0].step} started before the tool reported the run as running", following)
            if following.runs_now() and not following.events():
                return None
        elif struck := next((event for event in events if event.event == "fault"), None):
            return struck
        elif _over(events) or _ended(following):
            raise _Missed("the run ended before its fault was due", following)
        time.sleep(_MOMENT_POLL_S)
    following.answers.demand_a_sound_driver()
    raise _Missed(f"the moment of the fault did not come within {stack.contender.trial_limit_s:g} s", following)


def _over(events: Sequence[Event]) -> bool:
    return any(event.event == "ended" and event.step == "export" for event in events)


def _ended(following: CrashObserver) -> bool:
    following.look()
    return following.seen.state is not None


def _comes_to_rest(following: CrashObserver, deadline: float) -> bool:
    """Wait until a missed run and its processes have ended. Return whether they did in time.

    Otherwise it could change the warehouse of the next try.
    """
    while not _ended(following) or following.seen.living:
        if time.monotonic() > deadline:
            following.answers.demand_a_sound_driver()
            return False
        time.sleep(_MOMENT_POLL_S)
    return True
