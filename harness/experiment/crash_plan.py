"""The plan of the failure tests: the scenarios that apply to each system. A pure function."""

import random
from collections.abc import Collection, Mapping, Sequence

from harness.experiment.crash import GUARDED, Crash, NotTried, crashes
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.experiment.scenario import scenarios
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.loading import offers
from harness.orchestrators.manifest import Manifest

_TRIAL_S = 60.0
"""The time of a crash trial without its faults, a mean of 172: the run, the next run and often a fresh stack."""


def make_crash_plan(
    manifests: Sequence[Manifest],
    chosen: Collection[str],
    isolation: str,
    laps: int,
    seed: int,
    patience_s: float,
    among: Collection[tuple[str, str, str]] | None = None,
) -> Plan:
    """Return the plan of whole laps, each a round of every system in a random order.

    If no scenario is `chosen`, all are planned. `among` limits the trials to these orchestrators, profiles and
    scenarios. `None` means no limit.
    """
    wanted = {name: crash for name, crash in crashes().items() if not chosen or name in chosen}
    crowded = {name for name, crash in wanted.items() if crash.act == "crowd"}
    # Scenarios that keep every CPU busy come last and run one at a time, because they would disturb others.
    parts = {False: wanted.keys() - crowded, True: crowded}
    tried = {
        (each.name, each.profile): [
            name
            for name in applying(each, isolation, wanted)
            if among is None or (each.name, each.profile, name) in among
        ]
        for each in contenders(manifests)
    }
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
                    rounds.append(PlannedRound(lap, orchestrator, profile, planned, 0.0, alone=alone, number=number))
    return Plan(scenarios(), tuple(rounds), crashes=wanted, patience_s=patience_s)


def applying(contender: Contender, isolation: str, wanted: Mapping[str, Crash]) -> list[str]:
    """Return the scenarios that apply to a contender, in order."""
    return [name for name, crash in wanted.items() if not why_not(contender, isolation, crash)]


def why_not(contender: Contender, isolation: str, crash: Crash) -> NotTried | None:
    """Say why a scenario does not apply to a contender, or return `None` if it does. Raises `DriverError`."""
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
    if crash.act == "cancel" and not offers(manifest.name, manifest.folder, "cancel"):
        return NotTried(reason="its driver has no method `cancel(run)`")
    return None


def crash_round_s(plan: Plan, planned: PlannedRound) -> float:
    """Return roughly how many seconds a round of crash trials takes. Damaged stacks are replaced."""
    own = [plan.crashes[trial.scenario] for trial in planned.trials]
    faults_s = sum(fault.seconds for crash in own for fault in crash.faults)
    return faults_s + sum(crash.undone_s for crash in own) + len(own) * _TRIAL_S
