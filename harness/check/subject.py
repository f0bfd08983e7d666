"""One orchestrator with one profile, prepared as far as a check needs: manifest, build, stack, runs.

Each part is made once and gives the values that checks read.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from harness.check.guarded import GuardedDriver
from harness.check.verdict import Blocked
from harness.experiment.envelope import Envelope
from harness.experiment.golden import ALL
from harness.experiment.plan import PlannedTrial
from harness.experiment.scenario import define
from harness.isolation.confinement import Confinement, Part
from harness.isolation.protocol import Isolation
from harness.labs.crash.observer import Patience
from harness.labs.crash.round import reusable
from harness.labs.crash.scenarios import crashes
from harness.labs.crash.trial import run_crash_trial
from harness.measure.golden_file import golden, scenarios
from harness.measure.stack import Stack, launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.contender import Contender, with_profile
from harness.orchestrators.manifest import DEFAULTS, MANIFEST, Manifest, read_manifest
from harness.provision.built import Built, Say
from harness.results.records import CrashRecord, TrialRecord

CRASH_PATIENCE = Patience(limit_s=30.0, failure_s=5.0)
"""Short, because checks only need a verdict and do not distinguish slow from stuck tools."""
AGAIN = "noop-again"
"""The first run of a stack that was killed and restarted."""
T = TypeVar("T")


@dataclass(frozen=True)
class StackContext:
    """The basis for stacks: isolation, resource limits, and the receiver of progress messages."""

    isolation: Isolation
    envelope: Envelope
    say: Say


class Subject(AbstractContextManager["Subject"]):
    """An orchestrator's folder and everything that is made from it.

    `context` must be set before a check needs a stack. `trials` and `crashed` have the records so far, by scenario.
    `hung` names a run that hangs in the stack. It could wake up later and write into another run's warehouse.
    """

    context: StackContext

    def __init__(self, folder: Path, profile: str = DEFAULTS) -> None:
        self.folder = folder
        self.trials: dict[str, TrialRecord] = {}
        self.crashed: dict[str, CrashRecord] = {}
        self.hung = ""
        self._profile = profile
        self._made: dict[Callable[[Any], object], Any] = {}
        self._up = ExitStack()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take its stack down."""
        self._up.close()

    def say(self, what: str) -> None:
        """Show what is done with it."""
        self.context.say(f"{self.manifest.name}: {what}")

    def once(self, make: "Callable[[Subject], T]") -> T:
        """Return what a function makes of it. Several checks can use it, but it is made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

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
        self.say("building")
        return self.context.isolation.prepare(self.manifest, self.context.say)

    @cached_property
    def stack(self) -> Stack:
        """Its stack, which has been started but may not be ready. Raises `StackError` and `DriverError`."""
        assert self.built
        self.say("starting the stack")
        up = launch(self.context.isolation, self.contender, self.context.envelope)
        stack = self._up.enter_context(up)
        return replace(stack, driver=GuardedDriver(stack.driver.driver, self.folder))

    @property
    def driver(self) -> GuardedDriver:
        """The driver of its stack, whose responses are checked."""
        assert isinstance(self.stack.driver, GuardedDriver)
        return self.stack.driver

    @property
    def confinement(self) -> Confinement:
        """How its stack is isolated."""
        return self.stack.running.confinement()

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of its stack. Raises `StackError`."""
        return self.confinement.parts()

    def log(self) -> str:
        """Return the last lines that its stack wrote."""
        return self.stack.running.log()

    def trial(self, name: str) -> TrialRecord:
        """Run one trial of a scenario, once for all checks. Raises `Blocked` if an earlier run hangs."""
        if name not in self.trials:
            self._demand_rest()
            self.say(f"running `{name}` (about {self.contender.settings.trial_s:g} s)")
            scenario = define(golden(), AGAIN, "noop", ALL, {}) if name == AGAIN else scenarios()[name]
            planned, place = PlannedTrial(name, cold=False, phase_offset_s=0), Place(1, "check", f"check-{name}")
            self.trials[name] = run_trial(self.stack, place, planned, scenario, self.stack.running.gauge())
            self.hung = name if self.trials[name].outcome == "hung" else ""
        return self.trials[name]

    def run_of(self, name: str) -> str:
        """Return the id of a scenario's run."""
        return self.driver.started[self.trial(name).trial]

    def crash(self, name: str) -> CrashRecord:
        """Run one crash trial, and replace the stack if the trial damages it.

        Raises `Blocked` if an earlier run hangs, and `StackError`.
        """
        self._demand_rest()
        self.say(f"crash scenario `{name}` (timeout {CRASH_PATIENCE.limit_s:g} s)")
        place = Place(1, "check", f"check-{name}")
        record = run_crash_trial(self.stack, place, crashes()[name], CRASH_PATIENCE)
        self.crashed[name] = record
        if not reusable(record):
            self.close()
            del self.stack
            wait_ready(self.stack, self.stack.running.started_ns)
        return record

    def _demand_rest(self) -> None:
        if self.hung:
            raise Blocked(f"the run of `{self.hung}` hangs in this stack")
