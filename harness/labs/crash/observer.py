"""Follows a run through a crash: the tool's reports, the step processes, and the delivered data.

A tool that does not respond is no error here, because the fault can cause this. A faulty driver is an error if it hides
the run's end.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import psycopg

from harness.errors import HarnessError
from harness.experiment.crash import Crash
from harness.experiment.crash_verdict import Snapshot, attempt_name, unended
from harness.experiment.timeline import Event
from harness.isolation import inside
from harness.isolation.protocol import Running
from harness.labs.crash.acts import TimedAction
from harness.measure import warehouse
from harness.measure.event_file import read_events
from harness.measure.stack import Stack, wait_for_warehouse
from harness.measure.trigger import Answers
from harness.orchestrators.driver import RunState

_POLL_S = 0.2
_LOOK_S = 1.0
"""The polling interval for processes, runs and deliveries, which need no millisecond resolution."""
_SAME_START_S = 0.05
_AFTER_S = 10.0
"""How long after the last act the log is kept. Later, responses to polls fill it."""


@dataclass(frozen=True)
class Patience:
    """Timeouts in seconds.

    `limit_s`: for a run's end after the last act. `success_s` and `failure_s`: how long nothing may change after a
    reported end, because the tool may start another run a little later, or an abandoned process may continue.
    `leftovers_s`: how long after the reported end a process of the run may live until it counts as left over.
    """

    limit_s: float
    success_s: float = 3.0
    failure_s: float = 15.0
    leftovers_s: float = 60.0

    def settles_s(self, state: RunState) -> float:
        """Return how long to watch a run after its reported end."""
        return self.success_s if state == RunState.SUCCESS else self.failure_s


@dataclass
class CrashObservation:
    """The observations so far. Stamps are monotonic nanoseconds, or 0 for never.

    `alive_until_ns` says when the process of an attempt without an end was last seen alive, by attempt. `did_ns` is the
    end of the first act. `log` has each line of the stack's output once.
    """

    runs: list[str]
    state: RunState | None = None
    told: Snapshot | None = None
    told_ns: int = 0
    final_since_ns: int = 0
    noticed_ns: int = 0
    delivered_ns: int = 0
    alive_until_ns: dict[str, int] = field(default_factory=dict)
    living: list[str] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    did_ns: int = 0
    log: list[str] = field(default_factory=list)


class CrashObserver:
    """Follows one run of a stack and performs the acts that are due."""

    def __init__(self, stack: Stack, crash: Crash, trial: str, run: str) -> None:
        self._stack = stack
        self._crash = crash
        self._trial = trial
        self._looked_ns = 0
        self.answers = Answers(stack.contender.manifest.folder)
        self.seen = CrashObservation(runs=[run])

    def events(self) -> list[Event]:
        """Return the run's events so far. Raises `EventsError`."""
        return read_events(self._stack.running.exchange.events, self._trial)

    def look(self) -> None:
        """Poll the tool, the warehouse and the processes once."""
        seen, now_ns = self.seen, time.monotonic_ns()
        if now_ns - self._looked_ns < _LOOK_S * 1e9:
            return
        self._looked_ns = now_ns
        self._ask()
        if seen.state is not None and seen.told is None:
            seen.told_ns = seen.told_ns or time.monotonic_ns()
            # If the warehouse is down, inspect it later.
            with suppress(psycopg.OperationalError):
                seen.told = self._inspect()
        if not seen.delivered_ns and self._delivered():
            seen.delivered_ns = time.monotonic_ns()
        self._watch_processes()

    def runs_now(self) -> bool:
        """Whether the tool reports the first run as running."""
        told = self.answers.of("state", partial(self._stack.driver.status, self.seen.runs[0]))
        return told is not None and told.state == RunState.RUNNING

    def hear(self) -> None:
        """Keep new lines of the stack's output."""
        heard = set(self.seen.log)
        self.seen.log += [line for line in self._stack.running.log().splitlines() if line not in heard]

    def inspect(self) -> Snapshot:
        """Inspect the warehouse when it responds. Raises `StackError` if it does not."""
        wait_for_warehouse(self._stack.running.warehouse.own_url)
        return self._inspect()

    def _inspect(self) -> Snapshot:
        url, output = self._stack.running.warehouse.own_url, self._stack.running.exchange.output
        return Snapshot(state=self.seen.state, output=warehouse.verify(url, output, self._crash.month, self._trial))

    def go_on(self, struck_ns: int, due: Sequence[TimedAction], patience: Patience) -> None:
        """Perform due acts, and poll until the run has settled or the timeout after the last act is over.

        Raises what an act raises, and `DriverTripped` if the end is unknown because of the driver.
        """
        seen, waiting = self.seen, list(due)
        last_ns, heard = struck_ns, False
        while True:
            while waiting and time.monotonic_ns() >= struck_ns + waiting[0].at_s * 1e9:
                seen.did.append(waiting.pop(0).do())
                last_ns = time.monotonic_ns()
                seen.did_ns = seen.did_ns or last_ns
            self.look()
            if not (heard or waiting) and time.monotonic_ns() > last_ns + _AFTER_S * 1e9:
                self.hear()
                heard = True
            seen.noticed_ns = seen.noticed_ns or self._noticed_ns(struck_ns)
            out_of_patience = time.monotonic_ns() > last_ns + self._waits_s(patience) * 1e9
            if not waiting and (self._settled(patience) or out_of_patience):
                break
            time.sleep(_POLL_S)
        if seen.state is None:
            self.answers.demand_a_sound_driver()

    def _waits_s(self, patience: Patience) -> float:
        """Return the timeout for the run's end, plus the duration of the faults."""
        return patience.limit_s + sum(fault.seconds for fault in self._crash.faults)

    def _settled(self, patience: Patience) -> bool:
        seen = self.seen
        if seen.state is None:
            return False
        now_ns = time.monotonic_ns()
        # A process between two steps has no open attempt, so its last event counts.
        moved_ns = max([seen.final_since_ns, *(event.monotonic_ns for event in self.events())])
        quiet = now_ns > moved_ns + patience.settles_s(seen.state) * 1e9 and not seen.living
        return quiet or now_ns > seen.final_since_ns + patience.leftovers_s * 1e9

    def _noticed_ns(self, struck_ns: int) -> int:
        """Return when the tool first reported an end or started an attempt since then, or 0."""
        started = (e.monotonic_ns for e in self.events() if e.event == "started" and e.monotonic_ns > struck_ns)
        return min(filter(None, [next(started, 0), self.seen.told_ns]), default=0)

    def _ask(self) -> None:
        """Query the runs of this trial and the state of the latest, which may have replaced an earlier run.

        If it was triggered twice on purpose, both runs must have ended.
        """
        seen = self.seen
        if (states := self.answers.of("state", self._states)) is None:
            return
        ends = [state for state in states if state.final]
        if len(ends) < len(states):
            seen.state, seen.final_since_ns = None, 0
        else:
            seen.state = RunState.SUCCESS if RunState.SUCCESS in ends else RunState.FAILED
            seen.final_since_ns = seen.final_since_ns or time.monotonic_ns()

    def _states(self) -> list[RunState]:
        seen, driver = self.seen, self._stack.driver
        known = driver.runs(self._crash.workload, self._trial) or []
        seen.runs += [run for run in known if run not in seen.runs]
        asked = seen.runs if self._crash.act == "trigger again" else seen.runs[-1:]
        return [driver.status(run).state for run in asked]

    def _delivered(self) -> bool:
        try:
            return warehouse.delivered(self._stack.running.warehouse.own_url, self._trial) > 0
        except psycopg.OperationalError:
            return False

    def _watch_processes(self) -> None:
        """Find attempts without an end whose process is alive. A stack that is down has none."""
        seen = self.seen
        open_attempts = {attempt_name(event): event for event in unended(self.events())}
        seen.living = []
        if not open_attempts:
            return
        try:
            alive = living_of(self._stack.running, list(open_attempts.values()))
        except HarnessError:
            return
        now_ns = time.monotonic_ns()
        for name, event in open_attempts.items():
            if event in alive:
                seen.alive_until_ns[name] = now_ns
                seen.living.append(name)


def is_alive(running: Running, event: Event) -> bool:
    """Whether the process that wrote an event is alive. Raises `StackError`."""
    return bool(living_of(running, [event]))


def living_of(running: Running, events: Sequence[Event]) -> list[Event]:
    """Return the events whose process is alive. Raises `StackError`."""
    living = running.inside(inside.living, sorted({event.pid for event in events}))
    # A process that started after its event has reused the id of another one.
    return [
        event
        for event in events
        if (told := living.get(str(event.pid))) and told[0] <= event.monotonic_ns / 1e9 + _SAME_START_S
    ]
