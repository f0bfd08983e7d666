"""One orchestrator with one profile, prepared as far as a check needs: manifest, build, stack, runs.

Each part is made once and gives the values that checks read.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.check.demands import DEMANDED, NOOP
from harness.check.driver import answers
from harness.check.guarded import GuardedDriver
from harness.check.lifecycle import Restart, kill_and_start, leaves_nothing
from harness.check.second_run import SecondRun, run_again
from harness.check.verdict import Blocked, Fault
from harness.experiment.crash import crashes
from harness.experiment.envelope import Envelope
from harness.experiment.plan import PlannedTrial
from harness.isolation.confinement import Part
from harness.isolation.protocol import Built, Isolation, Say
from harness.measure.crash_observer import Patience
from harness.measure.crash_round import reusable
from harness.measure.crash_trial import run_crash_trial
from harness.measure.stack import Stack, launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.bounded import unbounded
from harness.orchestrators.contender import Contender, with_profile
from harness.orchestrators.manifest import DEFAULTS, MANIFEST, Manifest, read_manifest
from harness.results.records import CrashRecord, TrialRecord

CRASH_PATIENCE = Patience(limit_s=30.0, failure_s=5.0)
"""Short, because checks only need a verdict and do not distinguish slow from stuck tools."""


@dataclass(frozen=True)
class StackContext:
    """The basis for stacks: isolation, resource limits, and the build."""

    isolation: Isolation
    envelope: Envelope
    build: Callable[[Manifest], Built]


@dataclass
class Served:
    """A stack that is served, with its driver under watch, and the records of its trials by their scenario."""

    stack: Stack
    driver: GuardedDriver
    records: dict[str, TrialRecord]
    hung: str = ""

    def demand_rest(self) -> None:
        """Raise `Blocked` if a run hangs, because it could wake up later and write into another run's warehouse."""
        if self.hung:
            raise Blocked(f"the run of `{self.hung}` hangs in this stack")

    def trial(self, name: str) -> TrialRecord:
        """Run one trial of a scenario, once for all checks. Raises `Blocked` if an earlier one hung."""
        if name not in self.records:
            self.demand_rest()
            planned, place = PlannedTrial(name, cold=False, phase_offset_s=0), Place(1, "check", f"check-{name}")
            gauge = self.stack.running.gauge()
            self.records[name] = run_trial(self.stack, place, planned, DEMANDED[name], gauge)
            self.hung = name if self.records[name].outcome == "hung" else ""
        return self.records[name]


class Subject:
    """An orchestrator's folder and everything that is made from it."""

    def __init__(self, folder: Path, profile: str = DEFAULTS) -> None:
        self.folder = folder
        self._profile = profile
        self.say: Say = lambda _: None
        self.crashed: dict[str, CrashRecord] = {}
        self._trials: dict[str, TrialRecord] = {}
        self._ground: StackContext | None = None
        self._up = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take its stack down."""
        self._up.close()

    def hold(self, ground: StackContext, say: Say) -> None:
        """Set the basis for its stacks, and the receiver of progress messages."""
        self._ground = ground
        self.say = say

    @property
    def ground(self) -> StackContext:
        """The basis for its stacks, which must be set before a check needs a stack."""
        assert self._ground is not None, "no check of files asks for a stack"
        return self._ground

    @cached_property
    def contender(self) -> Contender:
        """Its manifest with the profile. Raises `ManifestError`, and `Misuse` if it has no such profile."""
        return with_profile(read_manifest(self.folder / MANIFEST), self._profile)

    @property
    def manifest(self) -> Manifest:
        """Its manifest. Raises like `contender`."""
        return self.contender.manifest

    @cached_property
    def built(self) -> Built:
        """What its stacks run from. Raises `BuildError`."""
        self.say(f"{self.manifest.name}: building")
        return self.ground.build(self.manifest)

    @cached_property
    def served(self) -> Served:
        """Its stack, which has been started but may not be ready. Raises `StackError` and `DriverError`."""
        assert self.built
        ground = self.ground
        self.say(f"{self.manifest.name}: starting the stack")
        up = launch(ground.isolation, self.contender, ground.envelope)
        stack = self._up.enter_context(up)
        driver = GuardedDriver(unbounded(stack.driver), self.folder)
        return Served(replace(stack, driver=driver), driver, self._trials)

    def trial(self, name: str) -> TrialRecord:
        """Run one trial of a scenario, once for all checks. Raises `Blocked` if an earlier one hung."""
        if name not in self.served.records:
            about_s = self.contender.settings.trial_s
            self.say(f"{self.manifest.name}: running `{name}` (about {about_s:g} s)")
        return self.served.trial(name)

    @property
    def records(self) -> list[TrialRecord]:
        """The records of all trials so far."""
        return [*self._trials.values()]

    @property
    def hung(self) -> str:
        """Which run hangs in its stack, if any does."""
        return self.served.hung if "served" in vars(self) else ""

    @property
    def poll_period_s(self) -> float:
        """The tool's own polling period under this profile."""
        return self.contender.settings.poll_period_s

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of its stack. Raises `StackError`."""
        return self.served.stack.running.confinement().parts()

    @cached_property
    def again(self) -> SecondRun:
        """A second run over the output of `retry`, which must be the last of the trials so far."""
        self.say(f"{self.manifest.name}: running one month again")
        again = run_again(self.served.stack)
        if again.state is None:
            self.served.hung = "second-run"
        return again

    @cached_property
    def restart(self) -> Restart:
        """What became of its stack, killed and started again."""
        self.say(f"{self.manifest.name}: restarting after a kill")
        return kill_and_start(self.served.stack, self.run_of(NOOP))

    def crash(self, name: str) -> CrashRecord:
        """Run one crash trial, and replace the stack if the trial damages it.

        Raises `Blocked` if an earlier run hung, and `StackError`.
        """
        self.served.demand_rest()
        self.say(f"{self.manifest.name}: crash scenario `{name}` (timeout {CRASH_PATIENCE.limit_s:g} s)")
        place = Place(1, "check", f"check-{name}")
        record = run_crash_trial(self.served.stack, place, crashes()[name], CRASH_PATIENCE)
        self.crashed[name] = record
        if not reusable(record):
            self.close()
            del self.served
            wait_ready(self.served.stack, self.served.stack.running.started_ns)
        return record

    @property
    def must_remember(self) -> bool:
        """Whether it is a server of a tool, which must know its runs after a restart."""
        return self.manifest.mode == "server" and not self.manifest.baseline

    def run_of(self, name: str) -> str:
        """Return the id of a scenario's run."""
        return self.served.driver.started[self.trial(name).trial]

    def log(self) -> str:
        """Return the last lines that its stack wrote."""
        return self.served.stack.running.log()

    def answers(self) -> list[Fault]:
        """Return the faults of its driver's responses so far."""
        return list(answers(self.served.driver))

    def taken_down(self) -> list[Fault]:
        """Stop its stack and return its leftovers as faults."""
        confinement = self.served.stack.running.confinement()
        self.say(f"{self.manifest.name}: taking the stack down")
        self.close()
        return list(leaves_nothing(confinement))
