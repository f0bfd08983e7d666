"""What happens when something fails, as a heat map: a row per tool and profile, and a column per scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from harness.experiment.crash import CrashVerdict
from harness.labs.crash.cells import Cell, cells
from harness.labs.crash.words import MEANS
from harness.publish.failures import brief, marks_of, outcome_of
from harness.report.templates import filled
from harness.results.result import Result

_TEMPLATE = Path(__file__).with_name("heat.html.j2")
GROUPS: dict[str, dict[str, str]] = {
    "a process is killed": {
        "task-killed": "step",
        "export-killed": "step in export",
        "out-of-memory": "out of memory",
        "scheduler-killed": "scheduler",
    },
    "the server goes": {
        "stack-killed": "killed",
        "redeployed": "SIGTERM, restart",
        "queued-killed": "killed while queued",
        "claimed-killed": "killed after pickup",
    },
    "its surroundings fail": {
        "metadata-down": "metadata DB, 10 s",
        "metadata-flaps": "metadata DB flaps",
        "warehouse-down": "target DB, 3 s",
        "warehouse-gone": "target DB, 30 s",
        "cut-off": "network",
        "disk-full": "disk full",
        "starved": "CPU contention",
        "paused": "worker frozen",
        "paused-both": "worker, supervisor frozen",
    },
    "the run itself": {
        "hang": "step hangs",
        "slot-killed": "slot leak",
        "cancelled": "cancelled",
        "double-trigger": "triggered twice",
        "after-commit": "killed after commit",
    },
}
"""The words for each scenario, by what fails."""
_DEATHS = (*GROUPS["a process is killed"], *GROUPS["the server goes"])
_STUCK: set[CrashVerdict] = {"stuck", "held", "ran on"}
_FAILED: set[CrashVerdict] = {"failed", "false alarm"}


@dataclass(frozen=True)
class Box:
    """One cell: a `kind` for its colour, a letter that works without colours, and an explanation."""

    kind: str
    letter: str
    words: str


LEGEND = (
    Box("good", "R", "as a user would want, with the seconds until the data were delivered"),
    Box("failed", "F", "reported as failed, nothing delivered"),
    Box("stuck", "S", "stuck, or still running"),
    Box("wrong", "W", "a wrong report, or data delivered twice"),
    Box("none", "–", "not applicable"),
)


@dataclass(frozen=True)
class HeatRow:
    """One tool under one profile. `deaths` is how often it recovered from kills."""

    title: str
    boxes: tuple[Box, ...]
    deaths: str


@dataclass(frozen=True)
class Heat:
    """The whole map: the heading of each group with its scenarios, and the rows."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[HeatRow, ...]


def heat(results: Sequence[Result]) -> Heat | None:
    """Return the map of crash results, or `None` without a verdict on a tool."""
    every = [cell for cell in cells(results) if cell.tool]
    known = {cell.scenario for cell in every if cell.valid}
    # A scenario that is newer than this table still has its column.
    new = sorted(known - {name for names in GROUPS.values() for name in names})
    groups = {**GROUPS, "other": {name: name for name in new}}
    shown = {title: {n: words for n, words in names.items() if n in known} for title, names in groups.items()}
    order = [name for names in shown.values() for name in names]
    by_title = groupby(every, lambda each: each.title)
    rows = [_row(title, {cell.scenario: cell for cell in own}, order) for title, own in by_title]
    rows = [row for row in rows if any(box.kind != "none" for box in row.boxes)]
    headed = tuple((title, tuple(names.values())) for title, names in shown.items() if names)
    return Heat(headed, tuple(rows)) if rows else None


def heat_section(results: Sequence[Result]) -> Markup:
    """Return the map as a section of a page. Empty if there is none."""
    found = heat(results)
    return Markup(filled(_TEMPLATE, failures=found, legend=LEGEND) if found else "")  # noqa: S704


def _row(title: str, own: dict[str, Cell], order: Sequence[str]) -> HeatRow:
    tried = [own[name] for name in _DEATHS if name in own and own[name].valid]
    good = sum(cell.as_wanted_each_time for cell in tried)
    return HeatRow(title, tuple(_box(own.get(name)) for name in order), f"{good} of {len(tried)}")


def _box(cell: Cell | None) -> Box:
    outcome = outcome_of(cell) if cell is not None else None
    if cell is None or outcome is None:
        return Box("none", "–", cell.not_tried.reason if cell is not None and cell.not_tried else "not tried")
    findings = {record.finding for record in cell.valid if record.finding}
    words = f"{cell.scenario}: {'; '.join(sorted(MEANS[each] for each in findings))}"
    if cell.as_wanted_each_time:
        seconds = "" if outcome.seconds is None else f" {brief(outcome.seconds)}"
        return Box("good", f"R{seconds}{marks_of([cell])}", words)
    unwanted = findings - {crash.wanted for _, crash in cell.judged}
    kind = "failed" if unwanted <= _FAILED else "stuck" if unwanted <= _FAILED | _STUCK else "wrong"
    share = f" {len(cell.valid) - cell.as_wanted}/{len(cell.valid)}" if cell.as_wanted else ""
    return Box(kind, f"{kind[0].upper()}{share}", words)
