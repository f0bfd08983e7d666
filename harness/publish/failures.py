"""What happens when something fails: one row per tool, five scenarios, and all profiles in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.experiment.crash import CrashVerdict
from harness.labs.crash.cells import WORST, Cell, cells, systems_with
from harness.orchestrators.manifest import MODES
from harness.report.escape import escaped
from harness.report.format import NO_BREAK, NOTHING, days, digits, listed, unbroken
from harness.report.lineup import profile_order
from harness.report.notes import linked
from harness.report.templates import table
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
"""Each finding in the words of a cell."""
_TWICE = "delivers twice"
_DELIVERIES = "delivery"
"""The table that gains a row with each delivery."""
_NEXT_RUN_FAILED, _RERAN = "†", "↻"
_ARROW = f" →{NO_BREAK}"
"""Between verdicts. A line can break before it."""


@dataclass(frozen=True)
class ProfileOutcome:
    """The outcome of a profile in one scenario: if it was as wanted, in words, and the seconds until delivery."""

    good: bool
    words: str
    seconds: float | None = None

    @property
    def text(self) -> str:
        """The outcome with its mark. Only words can continue on the next line."""
        mark = "✓" if self.good else "✗"
        words = self.words if self.seconds is None else unbroken(f"{brief(self.seconds)} s")
        return f"{mark}{NO_BREAK}{words}"


def render_failures(results: Sequence[Result], first: Sequence[str] = ()) -> list[str]:
    """Return the table, its caption and a summary of all scenarios as markdown lines, for the repository's root.

    The tools of `first` come first, in its order. Without a trial of the shown scenarios there are no lines.
    """
    of_tools = [cell for cell in cells(results) if cell.tool]
    every = [cell for cell in of_tools if cell.scenario in SHOWN]
    tried = {cell.system for cell in every if cell.valid}
    every = [cell for cell in every if cell.system in tried]
    if not every:
        return []
    systems = {system.name: system for result in results for system in result.environment.systems}
    profiles = profile_order(systems[name] for name in tried)
    scenarios = [name for name in SHOWN if any(cell.scenario == name for cell in every)]
    order = [*first, *sorted(tried, key=lambda name: (MODES.index(systems[name].mode), name))]
    rows = []
    for name in sorted(tried, key=order.index):
        own = {(cell.scenario, cell.profile): cell for cell in every if cell.system == name}
        words = [_cell([own.get((each, profile)) for profile in profiles]) for each in scenarios]
        rows.append([unbroken(linked(systems[name].title, name, "")), *words])
    heads = ["Tool", *(SHOWN[name] for name in scenarios)]
    return [table(heads, rows), "", _caption(every, results, profiles), "", escaped(after_crashes(of_tools))]


def after_crashes(every: Sequence[Cell]) -> str:
    """Sum up all failure scenarios of all tools. Empty if none was tried on a tool."""
    of_tools = [cell for cell in every if cell.tool]
    tried = [cell for cell in of_tools if cell.valid]
    if not tried:
        return ""
    good = [cell for cell in tried if cell.as_wanted_each_time]
    scenarios = len({cell.scenario for cell in tried})
    said = (
        f"{scenarios} scenarios make {len(tried)} combinations with a tool and profile. {len(good)} always ended well"
    )
    if failed := sum(cell.next_run_failed for cell in good):
        said += f" (in {failed} of these, the next run then failed)"
    lies = systems_with(of_tools, WORST)
    if not lies:
        return f"{said}. No tool reported success with wrong, missing or duplicate data."
    where = ", ".join(f"in `{scenario}` {listed(_merged(own, tried))}" for scenario, own in lies.items())
    return f"{said}. Success was reported with wrong, missing or duplicate data: {where}."


def _merged(titles: Sequence[str], tried: Sequence[Cell]) -> list[str]:
    """Name tools instead of all their profiles. If only some profiles are meant, name these too."""
    profiles: dict[str, dict[str, str]] = {}
    for cell in tried:
        profiles.setdefault(cell.system_title, {})[cell.title] = cell.profile
    named = []
    for tool, own in profiles.items():
        meant = [profile for title, profile in own.items() if title in titles]
        if meant:
            named.append(tool if len(meant) == len(own) else f"{tool} ({listed(meant)})")
    return named


def _cell(own: Sequence[Cell | None]) -> str:
    """Join the outcomes of a tool's profiles in their order. If all are the same, show one."""
    there = [cell for cell in own if cell is not None]
    outcomes = [outcome_of(cell) for cell in there]
    known = [each for each in outcomes if each]
    marks = marks_of(there)
    if not known:
        return NOTHING
    times = [brief(each.seconds) for each in known if each.good and each.seconds is not None]
    if len(times) == len(outcomes):
        return unbroken(f"✓ {' → '.join(dict.fromkeys(times))} s{marks}")
    texts = [each.text if each else NOTHING for each in outcomes]
    return _ARROW.join(texts[:1] if len(set(texts)) == 1 else texts) + marks


def outcome_of(cell: Cell) -> ProfileOutcome | None:
    """Return the outcome of a cell, or `None` without a valid trial."""
    finding, count = cell.worst, len(cell.valid)
    if finding is None:
        return None
    if 0 < cell.as_wanted < count:
        # Trials that ended well must not hide the worst finding.
        if finding == WORST:
            return ProfileOutcome(
                good=False, words=f"{len(cell.with_finding(finding))} of {count}: {_bad(cell, finding)}"
            )
        return ProfileOutcome(good=True, words=unbroken(f"{cell.as_wanted} of {count}"))
    if not cell.as_wanted:
        return ProfileOutcome(good=False, words=_bad(cell, finding))
    return ProfileOutcome(good=True, words=_WORDS[cell.crash.wanted], seconds=cell.recovered_s)


def _bad(cell: Cell, finding: CrashVerdict) -> str:
    """Return the words of an unwanted finding. If all false successes are double deliveries, say so."""
    twice = finding == WORST and all(_deliveries(record) > 1 for record in cell.with_finding(finding))
    return _TWICE if twice else _WORDS[finding]


def _deliveries(record: CrashRecord) -> int:
    ledger = record.later.output.tables.get(_DELIVERIES) if record.later else None
    return ledger.rows if ledger else 0


def marks_of(own: Sequence[Cell]) -> str:
    """Return the marks of cells: the next run failed, and a step that had finished ran again."""
    failed = _NEXT_RUN_FAILED if any(cell.next_run_failed for cell in own) else ""
    return f"{failed}{_RERAN if any(cell.reran for cell in own) else ''}"


def _caption(every: Sequence[Cell], results: Sequence[Result], profiles: Sequence[str]) -> str:
    """Explain the cells: profiles, units, trials, days, machines, and the marks that are there."""
    order = f" Several verdicts are **{' → '.join(profiles)}**." if len(profiles) > 1 else ""
    said = [f"✓ with the seconds until the data were delivered, if the run recovers.{order} {_counts(every)}"]
    marks = marks_of(every)
    if _NEXT_RUN_FAILED in marks:
        said.append(f"{_NEXT_RUN_FAILED} At least once the next run then failed or hung.")
    if _RERAN in marks:
        said.append(f"{_RERAN} At least once a step that had finished ran again.")
    when = days(result.environment.started_s for result in results)
    machines = dict.fromkeys(
        f"{result.environment.machine.cpus} CPUs ({result.environment.machine.cpu_model})" for result in results
    )
    often = f"in {len(results)} benchmarks " if len(results) > 1 else ""
    return f"{' '.join(said)} Measured {often}{when} with {escaped(listed([*machines]))}."


def _counts(every: Sequence[Cell]) -> str:
    """Name the trials per cell, with the tools if they differ."""
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
