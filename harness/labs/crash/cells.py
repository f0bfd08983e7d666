"""Joins the verdicts of failure tests: one cell per system and scenario, over repetitions and results.

Planning and reports use the same cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.experiment.crash import Crash, CrashVerdict, NotTried
from harness.experiment.crash_verdict import too_late
from harness.experiment.timeline import rerun_steps
from harness.orchestrators.driver import RunState
from harness.orchestrators.manifest import MODES
from harness.results.environment import System, modes_among
from harness.results.records import CrashRecord
from harness.results.result import Result

GRAVITY: tuple[CrashVerdict, ...] = (
    *("false success", "damaged", "twice", "false failure", "ran on", "false alarm", "stuck", "held"),
    *("failed", "recovered", "stopped", "once", "calm", "freed"),
)
"""Every finding, the worst first."""
WORST = GRAVITY[0]


@dataclass(frozen=True)
class Cell:
    """The records of one system (by name and title) in one scenario, one per trial.

    `crash` is the scenario in the newest plan. `planned` is the scenario in each record's own plan, if they differ.
    `mode` is set only if the results contain several modes. `profile` is empty if it is unknown. A `tool` is neither
    the baseline nor an emulator.
    """

    system: str
    title: str
    scenario: str
    crash: Crash
    records: Sequence[CrashRecord]
    not_tried: NotTried | None = None
    mode: str = ""
    profile: str = ""
    tool: bool = True
    planned: Sequence[Crash] = ()

    @property
    def system_title(self) -> str:
        """The title without the profile."""
        return self.title.removesuffix(f" {self.profile}")

    @property
    def judged(self) -> list[tuple[CrashRecord, Crash]]:
        """Each record with the scenario of its own plan, which it is judged by."""
        return [*zip(self.records, self.planned or [self.crash] * len(self.records), strict=True)]

    @property
    def valid(self) -> list[CrashRecord]:
        """The trials in which the fault hit and the whole run was observed, according to their events.

        A trial whose timeout was shorter than the end of a more patient trial is left out: it may just have been slow.
        """
        return [record for record, _ in self._valid]

    @property
    def _valid(self) -> list[tuple[CrashRecord, Crash]]:
        valid = [(record, crash) for record, crash in self.judged if outcome(crash, record) == "valid"]
        latest_s = max((record.told_s or 0.0 for record, _ in valid if record.finding != "stuck"), default=0.0)
        return [each for each in valid if each[0].finding != "stuck" or each[0].patience_s >= latest_s]

    @property
    def findings(self) -> list[str]:
        """The finding of each trial, or its outcome if it has no finding."""
        told = [(record.finding, outcome(crash, record)) for record, crash in self.judged]
        return [finding if finding and how == "valid" else how for finding, how in told]

    @property
    def as_wanted(self) -> int:
        """How many valid trials ended as expected."""
        return sum(record.finding == crash.wanted for record, crash in self._valid)

    @property
    def as_wanted_each_time(self) -> bool:
        """Whether all valid trials ended as expected."""
        return self.as_wanted == len(self.valid)

    @property
    def next_run_failed(self) -> bool:
        """Whether, at least once, the run ended as expected but the next run was rejected, failed or hung."""
        own = [record for record, crash in self._valid if record.finding == crash.wanted]
        return any(record.next_run != RunState.SUCCESS for record in own)

    @property
    def reran(self) -> bool:
        """Whether, at least once, the run ended as expected but a finished step ran again."""
        return any(rerun_steps(record.events) for record, crash in self._valid if record.finding == crash.wanted)

    @property
    def worst(self) -> CrashVerdict | None:
        """The worst finding of the valid trials. `None` without one."""
        return min((record.finding for record in self.valid if record.finding), key=GRAVITY.index, default=None)

    @property
    def recovered_s(self) -> float | None:
        """The mean time until the data were delivered, over the trials that recovered. `None` if it is unknown."""
        times = [record.delivered_s or record.told_s for record in self.with_finding("recovered")]
        known = [seconds for seconds in times if seconds is not None]
        return fmean(known) if known else None

    def with_finding(self, finding: CrashVerdict) -> list[CrashRecord]:
        """Return the valid trials with a finding."""
        return [record for record in self.valid if record.finding == finding]


def outcome(crash: Crash, record: CrashRecord) -> str:
    """Return a trial's outcome: `missed` also if its events show that the fault came too late."""
    late = record.outcome == "valid" and too_late(crash, record.events, record.did_s)
    return "missed" if late else record.outcome


def tally(every: Sequence[Cell], title: str) -> tuple[int, int]:
    """Return in how many scenarios a system always ended as expected, and how many were tried on it."""
    tried = [cell for cell in every if cell.title == title and cell.valid]
    return sum(cell.as_wanted_each_time for cell in tried), len(tried)


def systems_with(every: Sequence[Cell], finding: CrashVerdict) -> dict[str, list[str]]:
    """Return the systems with a finding, by scenario."""
    found: dict[str, list[str]] = {}
    for cell in every:
        if any(record.finding == finding for record in cell.valid):
            found.setdefault(cell.scenario, []).append(cell.title)
    return found


def cells(results: Iterable[Result]) -> list[Cell]:
    """Return the cells of results: systems sorted by mode, then by first appearance, each with all scenarios in order.

    A scenario that was not tried on a system gets a cell without records.
    """
    crashes: dict[str, Crash] = {}
    systems: dict[str, tuple[System, str, str]] = {}
    not_tried: dict[tuple[str, str], NotTried] = {}
    judged: dict[tuple[str, str], list[tuple[CrashRecord, Crash]]] = {}
    for result in results:
        crashes |= result.plan.crashes
        for system in result.environment.systems:
            for profile in system.profiles:
                name = f"{system.name} {profile}"
                not_tried |= {(name, key): why for key, why in system.profiles[profile].not_tried.items()}
                systems[name] = (system, profile, system.title if system.baseline else f"{system.title} {profile}")
        for record in result.records:
            if isinstance(record, CrashRecord):
                place = (f"{record.orchestrator} {record.profile}", record.scenario)
                judged.setdefault(place, []).append((record, result.plan.crashes[record.scenario]))
    several = len(modes_among(system for system, *_ in systems.values())) > 1
    return [
        Cell(
            system.name,
            title,
            scenario,
            crash,
            [record for record, _ in judged.get((name, scenario), [])],
            not_tried.get((name, scenario)),
            mode=system.mode if several and not system.baseline else "",
            profile=profile,
            tool=not system.baseline and system.mode != "emulator",
            planned=[own for _, own in judged.get((name, scenario), [])],
        )
        for name, (system, profile, title) in sorted(systems.items(), key=lambda each: MODES.index(each[1][0].mode))
        for scenario, crash in crashes.items()
    ]
