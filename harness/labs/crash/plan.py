"""The plan of the failure tests: the scenarios that apply to each system."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import Misuse
from harness.experiment.crash import GUARDED, Crash, NotTried
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.labs.crash.cells import cells
from harness.labs.crash.scenarios import crashes
from harness.measure.golden_file import scenarios
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.loading import capabilities
from harness.orchestrators.manifest import Manifest
from harness.results.result import Result

PATIENCE_S = 120.0
"""The default time to wait for a tool after the last fault."""


@dataclass(frozen=True)
class CrashPreset:
    """The preset `crash`: the scenarios (empty for all) and the timeout for a tool.

    `among` limits the trials to these orchestrators, profiles and scenarios. `None` means no limit.
    """

    scenarios: Collection[str] = ()
    patience_s: float = PATIENCE_S
    among: Collection[tuple[str, str, str]] | None = None
    name: str = "crash"
    laps: int = 1

    def plan(self, manifests: Sequence[Manifest], isolation: str, laps: int, seed: int) -> Plan:
        """Return the plan of whole laps, each a round of every system in a random order.

        Raises `Misuse` if no scenario applies.
        """
        wanted = {name: crash for name, crash in crashes().items() if not self.scenarios or name in self.scenarios}
        crowded = {name for name, crash in wanted.items() if crash.act == "crowd"}
        # Scenarios that keep every CPU busy come last and run one at a time, because they would disturb others.
        parts = {False: wanted.keys() - crowded, True: crowded}
        tried = {
            (each.name, each.profile): [
                name
                for name in applying(each, isolation, wanted)
                if self.among is None or (each.name, each.profile, name) in self.among
            ]
            for each in contenders(manifests)
        }
        if not any(tried.values()):
            why = ", ".join(_reasons(manifests, isolation, wanted)) if self.scenarios else ""
            what = f"none of these scenarios apply here{f': {why}' if why else ''}"
            raise Misuse(what, remedy="orchbench bench --preset crash")
        rounds: list[PlannedRound] = []
        for lap in range(1, laps + 1):
            order = [*tried]
            random.Random(f"{seed}/{lap}").shuffle(order)  # noqa: S311
            for alone, names in parts.items():
                for orchestrator, profile in order:
                    trials = [name for name in tried[orchestrator, profile] if name in names]
                    if trials:
                        planned = tuple(PlannedTrial(name, cold=False, phase_offset_s=0.0) for name in trials)
                        number = len(rounds) + 1
                        rounds.append(PlannedRound(lap, orchestrator, profile, planned, 0.0, alone, number))
        return Plan(scenarios(), tuple(rounds), crashes=wanted, patience_s=self.patience_s)


def applying(contender: Contender, isolation: str, wanted: Mapping[str, Crash]) -> list[str]:
    """Return the scenarios that apply to a contender, in order."""
    excluded = not_tried(contender, isolation, wanted)
    return [name for name in wanted if name not in excluded]


def not_tried(contender: Contender, isolation: str, wanted: Mapping[str, Crash]) -> dict[str, NotTried]:
    """Say why scenarios do not apply to a contender. Raises `DriverError` if its driver cannot be loaded."""
    can = capabilities([contender.manifest])[contender.name]
    reasons = {name: why_not(contender, isolation, crash, can) for name, crash in wanted.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def why_not(contender: Contender, isolation: str, crash: Crash, can: Collection[str]) -> NotTried | None:
    """Say why a scenario does not apply to a contender, or return `None` if it does.

    `can` has the optional methods of its driver.
    """
    manifest = contender.manifest
    if unsupported := manifest.unsupported.get(crash.name):
        return NotTried(reason=unsupported.reason, docs=str(unsupported.docs))
    if crash.workload == GUARDED and manifest.guarded is None:
        return NotTried(reason="it has no workload with a step timeout and a limit on parallel runs")
    if crash.only == "container" and isolation != "container":
        return NotTried(reason="it needs containers")
    if crash.only == "metadata" and not contender.settings.metadata_database:
        return NotTried(reason="it has no separate metadata database with this profile")
    if crash.act == "kill the scheduler" and manifest.scheduler is None:
        return NotTried(reason="it has no separate scheduler process")
    if crash.act == "cancel" and "cancel" not in can:
        return NotTried(reason="its driver has no method `cancel(run)`")
    return None


def _reasons(manifests: Sequence[Manifest], isolation: str, wanted: Mapping[str, Crash]) -> list[str]:
    """Say once per tool why each requested scenario does not apply to it."""
    reasons = {
        (name, each.name): why.reason
        for each in contenders(manifests)
        for name, why in not_tried(each, isolation, wanted).items()
    }
    return [f"`{name}` does not apply to {system} ({reason})" for (name, system), reason in reasons.items()]


def stuck_cells(results: Iterable[Result], patience_s: float) -> set[tuple[str, str, str]]:
    """Return orchestrator, profile and scenario of each stuck cell that was watched for less than `patience_s`.

    The baseline is left out: it has no process that could recover late.
    """
    results = [*results]
    baselines = {system.name for result in results for system in result.environment.systems if system.baseline}
    return {
        (record.orchestrator, record.profile, cell.scenario)
        for cell in cells(results)
        for record in cell.valid
        if record.finding == "stuck"
        and cell.system not in baselines
        and max(each.patience_s for each in cell.valid) < patience_s
    }
