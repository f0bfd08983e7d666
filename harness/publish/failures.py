"""The table of what happens when something fails: one row per tool, five scenarios, all profiles in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from harness.experiment.crash import CrashVerdict
from harness.labs.crash.cells import Cell, cells, systems_with, tally
from harness.orchestrators.manifest import MODES
from harness.report.escape import escaped
from harness.report.format import NO_BREAK, NOTHING, days, digits, listed, unbroken
from harness.report.lineup import profile_order
from harness.report.notes import linked
from harness.results.environment import System
from harness.results.records import CrashRecord
from harness.results.result import Result

SHOWN = {
    "task-killed": "A step is killed",
    "stack-killed": "Server killed and restarted",
    "redeployed": "Graceful restart (SIGTERM)",
    "after-commit": "Killed right after commit",
    "double-trigger": "Same trigger sent twice",
}
"""The scenarios of the first screen, in words."""
_WORDS: dict[CrashVerdict, str] = {
    "false success": "reports success, wrong data",
    "damaged": "damages data",
    "twice": "runs twice",
    "false failure": "reports failure",
    "ran on": "runs on",
    "false alarm": "false alarm",
    "stuck": "stuck",
    "held": "keeps its slot",
    "failed": "fails",
    "recovered": "recovers",
    "stopped": "stops",
    "once": "runs once",
    "calm": "unaffected",
    "freed": "frees its slot",
}
"""Each finding in the words of a cell; the gravest comes first."""
_GRAVEST: CrashVerdict = "false success"
_TWICE = "delivers twice"
_DELIVERIES = "delivery"
"""The table that gains a row with each delivery."""
_HURT, _RERAN = "†", "↻"
_ARROW = f" →{NO_BREAK}"
"""Between verdicts: a line may break before it."""


@dataclass(frozen=True)
class ProfileOutcome:
    """What a profile did in one scenario: whether as wanted each time, in words, and the seconds until delivery."""

    good: bool
    words: str
    seconds: float | None = None

    @property
    def text(self) -> str:
        """The verdict with its mark, of which only words may go into the next line."""
        mark = "✓" if self.good else "✗"
        words = self.words if self.seconds is None else unbroken(f"{brief(self.seconds)} s")
        return f"{mark}{NO_BREAK}{words}"


def render_failures(results: Sequence[Result], first: Sequence[str] = ()) -> list[str]:
    """Return the table as markdown lines, for the repository's folder: the tools of `first` come first, in its order.

    There is no line if no tool was tried in any of the scenarios shown.
    """
    every = [cell for cell in cells(results) if cell.tool and cell.scenario in SHOWN]
    tried = {cell.system for cell in every if cell.valid}
    every = [cell for cell in every if cell.system in tried]
    if not every:
        return []
    systems = {system.name: system for result in results for system in result.environment.systems}
    profiles = profile_order(systems[name] for name in tried)
    scenarios = [name for name in SHOWN if any(cell.scenario == name for cell in every)]
    names = sorted(tried, key=lambda name: _place(systems[name], first))
    lines = [
        f"| Tool | {' | '.join(SHOWN[name] for name in scenarios)} |",
        f"| :-- |{' :-- |' * len(scenarios)}",
    ]
    for name in names:
        own = {(cell.scenario, cell.profile): cell for cell in every if cell.system == name}
        words = [_cell([own.get((each, profile)) for profile in profiles]) for each in scenarios]
        lines.append(f"| {unbroken(linked(systems[name].title, name, ''))} | {' | '.join(words)} |")
    return [*lines, "", _caption(every, results, profiles)]


def after_crashes(every: Sequence[Cell]) -> str:
    """Sum up all crash scenarios of all tools; empty if none was tried on any."""
    of_tools = [cell for cell in every if cell.tool]
    tried = [cell for cell in of_tools if cell.valid]
    if not tried:
        return ""
    titles = dict.fromkeys(cell.title for cell in tried)
    good = sum(tally(of_tools, title)[0] for title in titles)
    scenarios = len({cell.scenario for cell in tried})
    said = f"{scenarios} scenarios make {len(tried)} combinations with a tool and profile. {good} always ended well"
    if hurt := sum(cell.hurt and cell.as_wanted_each_time for cell in tried):
        said += f" (in {hurt} of these, the next run then failed)"
    lies = systems_with(of_tools, "false success")
    if not lies:
        return f"{said}. No tool reported success with wrong, missing or duplicate data."
    where = ", ".join(f"in `{scenario}` {listed(_merged(own, of_tools))}" for scenario, own in lies.items())
    return f"{said}. Success was reported with wrong, missing or duplicate data: {where}."


def _merged(titles: Sequence[str], every: Sequence[Cell]) -> list[str]:
    """Name tools instead of their profiles; those of which only some profiles are meant, with these."""
    profiles: dict[str, dict[str, str]] = {}
    for cell in every:
        if cell.valid:
            profiles.setdefault(cell.system_title, {})[cell.title] = cell.profile
    named = []
    for tool, own in profiles.items():
        meant = [profile for title, profile in own.items() if title in titles]
        if meant:
            named.append(tool if len(meant) == len(own) else f"{tool} ({listed(meant)})")
    return named


def _place(system: System, first: Sequence[str]) -> tuple[int, int, str]:
    known = first.index(system.name) if system.name in first else len(first)
    return known, MODES.index(system.mode), system.name


def _cell(own: Sequence[Cell | None]) -> str:
    """Join the verdicts of a tool's profiles in their order; a single one says that all did the same."""
    there = [cell for cell in own if cell is not None]
    verdicts = [verdict(cell) for cell in there]
    known = [each for each in verdicts if each]
    marks = marks_of(there)
    if not known:
        return NOTHING
    if len(known) == len(verdicts) and all(each.seconds is not None and each.good for each in known):
        times = list(dict.fromkeys(brief(each.seconds) for each in known if each.seconds is not None))
        return unbroken(f"✓ {' → '.join(times)} s{marks}")
    texts = [each.text if each else NOTHING for each in verdicts]
    return _ARROW.join(texts[:1] if len(set(texts)) == 1 else texts) + marks


def verdict(cell: Cell) -> ProfileOutcome | None:
    """Judge a cell; `None` if no trial of it is valid."""
    records = cell.valid
    if not records:
        return None
    finding = min((record.finding for record in records if record.finding), key=[*_WORDS].index)
    worst = [record for record in records if record.finding == finding]
    if 0 < cell.as_wanted < len(records):
        # Trials that ended well must not hide the gravest finding.
        if finding == _GRAVEST:
            return ProfileOutcome(good=False, words=f"{len(worst)} of {len(records)}: {_bad(finding, worst)}")
        return ProfileOutcome(good=True, words=unbroken(f"{cell.as_wanted} of {len(records)}"))
    if not cell.as_wanted:
        return ProfileOutcome(good=False, words=_bad(finding, worst))
    told = [record.delivered_s or record.told_s for record in records if record.finding == "recovered"]
    known = [seconds for seconds in told if seconds is not None]
    return ProfileOutcome(good=True, words=_WORDS[cell.crash.wanted], seconds=fmean(known) if known else None)


def _bad(finding: CrashVerdict, records: Sequence[CrashRecord]) -> str:
    """Return the words of an unwanted finding: false successes are double deliveries, if each of them is one."""
    twice = all(
        record.later is not None
        and (ledger := record.later.output.tables.get(_DELIVERIES)) is not None
        and ledger.rows > 1
        for record in records
    )
    return _TWICE if finding == _GRAVEST and twice else _WORDS[finding]


def marks_of(own: Sequence[Cell]) -> str:
    """Return the marks of cells: the next run was hurt, and a step that had finished ran again."""
    return f"{_HURT if any(cell.hurt for cell in own) else ''}{_RERAN if any(cell.reran for cell in own) else ''}"


def _caption(every: Sequence[Cell], results: Sequence[Result], profiles: Sequence[str]) -> str:
    """Say once what holds for every cell: profiles, units, trials, days and machines, and the marks that are there."""
    order = f" Several verdicts are **{' → '.join(profiles)}**." if len(profiles) > 1 else ""
    said = [f"✓ with the seconds until the data were delivered, if the run recovers.{order} {_counts(every)}"]
    by_system = {name: list(own) for name, own in groupby(every, key=lambda cell: cell.system)}
    marks = "".join(marks_of(own) for own in by_system.values())
    if _HURT in marks:
        said.append(f"{_HURT} At least once the next run then failed or hung.")
    if _RERAN in marks:
        said.append(f"{_RERAN} At least once a step that had finished ran again.")
    when = days(result.environment.started_s for result in results)
    machines = dict.fromkeys(
        f"{result.environment.machine.cpus} CPUs ({result.environment.machine.cpu_model})" for result in results
    )
    often = f"in {len(results)} benchmarks " if len(results) > 1 else ""
    return f"{' '.join(said)} Measured {often}{when} with {escaped(listed([*machines]))}."


def _counts(every: Sequence[Cell]) -> str:
    """Say how many trials a cell has, tool by tool where they differ."""
    tools: dict[str, list[int]] = {}
    for cell in every:
        if cell.valid:
            tools.setdefault(cell.system_title, []).append(len(cell.valid))
    ranges: dict[str, list[str]] = {}
    for title, counts in tools.items():
        low, high = min(counts), max(counts)
        ranges.setdefault(f"{low}" if low == high else f"{low} to {high}", []).append(title)
    if len(ranges) == 1:
        return f"Trials per cell: {next(iter(ranges))}."
    said = [f"{count} ({escaped(listed(titles))})" for count, titles in ranges.items()]
    return f"Trials per cell: {', '.join(said)}."


def brief(seconds: float) -> str:
    """Show seconds with two digits, and tenths below one."""
    return digits(seconds, "s") if seconds >= 0.995 else f"{seconds:.1f}"
