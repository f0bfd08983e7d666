"""Verdicts of the failure tests: one cell per system and scenario, merged over repetitions and results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.experiment.crash import Crash, CrashVerdict, NotTried
from harness.experiment.crash_verdict import too_late
from harness.experiment.timeline import rerun_steps
from harness.orchestrators.driver import RunState
from harness.orchestrators.manifest import MODES
from harness.results.environment import System, modes_among
from harness.results.records import CrashRecord
from harness.results.result import Result

_SHORT: dict[CrashVerdict, str] = {
    "false success": "FALSE OK",
    "damaged": "DAMAGED",
    "twice": "twice",
    "false failure": "false fail",
    "ran on": "ran on",
    "false alarm": "alarm",
    "stuck": "stuck",
    "held": "held",
    "failed": "failed",
    "recovered": "",
    "stopped": "stopped",
    "once": "once",
    "calm": "calm",
    "freed": "freed",
}
"""A finding's short form in a cell. The worst finding comes first."""
_GRAVITY = [*_SHORT]
HURT = "at least once, the next run was rejected, failed or hung"
"""The meaning of †."""


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
    def hurt(self) -> bool:
        """Whether, at least once, the run ended as expected but the next run was rejected, failed or hung."""
        own = [record for record, crash in self._valid if record.finding == crash.wanted]
        return any(record.next_run != RunState.SUCCESS for record in own)

    @property
    def reran(self) -> bool:
        """Whether, at least once, the run ended as expected but a finished step ran again."""
        return any(rerun_steps(record.events) for record, crash in self._valid if record.finding == crash.wanted)

    @property
    def words(self) -> str:
        """The verdict in at most 12 characters. A † marks a cell that is `hurt`, a ↻ one that is `reran`."""
        valid = self.valid
        if not valid:
            return self.findings[-1] if self.records else "–"
        finding = min((record.finding for record in valid if record.finding), key=_GRAVITY.index)
        marks = f"{'†' if self.hurt else ''}{'↻' if self.reran else ''}"
        if 0 < self.as_wanted < len(valid):
            # A mixed cell must not hide the worst finding.
            lies = sum(record.finding == _GRAVITY[0] for record in valid)
            return f"{lies}/{len(valid)} {_SHORT[finding]}" if lies else f"{self.as_wanted} of {len(valid)} ✓{marks}"
        if finding == "stuck":
            return f"✗ > {max(record.patience_s for record in valid):.0f} s"
        mark = "✓" if self.as_wanted else "✗"
        told = [record.delivered_s or record.told_s for record in valid if record.finding == "recovered"]
        known = [seconds for seconds in told if seconds is not None]
        if finding == "recovered" and known:
            return f"{mark} {_seconds(sum(known) / len(known))}{marks}"
        return f"{f'{mark} {_SHORT[finding]}'.strip()}{marks}"


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


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
