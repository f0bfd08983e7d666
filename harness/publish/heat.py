"""What happens when something fails, as a heat map: a row per tool and profile, a column per scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from harness.experiment.crash import CrashVerdict
from harness.labs.crash.cells import Cell, cells
from harness.labs.crash.words import MEANS
from harness.publish.failures import brief, marks_of, verdict
from harness.report.page.templates import templates
from harness.results.result import Result

_HERE = Path(__file__).parent
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
"""The scenarios by what fails, in words."""
_DEATHS = (*GROUPS["a process is killed"], *GROUPS["the server goes"])
_STUCK: tuple[CrashVerdict, ...] = ("stuck", "held", "ran on")
_FAILED: tuple[CrashVerdict, ...] = ("failed", "false alarm")


@dataclass(frozen=True)
class Box:
    """One cell: a `kind` for its colour, a letter for who sees no colours, and the words behind it."""

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
class Row:
    """One tool under one profile, with its boxes in the order of the scenarios."""

    title: str
    boxes: tuple[Box, ...]
    deaths: str


@dataclass(frozen=True)
class Heat:
    """The whole map: groups of scenarios with their headings, and rows."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[Row, ...]


def heat(results: Sequence[Result]) -> Heat | None:
    """Return the map of crash results; `None` if they hold no verdict on a tool."""
    every = [cell for cell in cells(results) if cell.tool]
    known = {cell.scenario for cell in every if cell.valid}
    groups = {title: [name for name in scenarios if name in known] for title, scenarios in GROUPS.items()}
    # A scenario that is newer than this table still has its column.
    rest = sorted(known - {name for names in groups.values() for name in names})
    groups = {title: names for title, names in {**groups, "other": rest}.items() if names}
    order = [name for names in groups.values() for name in names]
    by_title = groupby(every, lambda each: each.title)
    rows = [_row(title, {cell.scenario: cell for cell in own}, order) for title, own in by_title]
    rows = [row for row in rows if any(box.kind != "none" for box in row.boxes)]
    if not rows:
        return None
    named = {name: words for scenarios in GROUPS.values() for name, words in scenarios.items()}
    headed = tuple((title, tuple(named.get(name, name) for name in own)) for title, own in groups.items())
    return Heat(headed, tuple(rows))


def heat_section(results: Sequence[Result]) -> Markup:
    """Return the map as a section of a page; empty if there is none."""
    found = heat(results)
    return Markup(templates(_HERE).get_template("heat.html.j2").render(failures=found, legend=LEGEND) if found else "")  # noqa: S704


def _row(title: str, own: dict[str, Cell], order: Sequence[str]) -> Row:
    tried = [own[name] for name in _DEATHS if name in own and own[name].valid]
    good = sum(cell.as_wanted_each_time for cell in tried)
    return Row(title, tuple(_box(own.get(name)) for name in order), f"{good} of {len(tried)}")


def _box(cell: Cell | None) -> Box:
    said = verdict(cell) if cell is not None else None
    if cell is None or said is None:
        why = cell.not_tried.reason if cell is not None and cell.not_tried else "not tried"
        return Box("none", "–", why)
    findings = {record.finding for record in cell.valid if record.finding}
    words = f"{cell.scenario}: {'; '.join(sorted(MEANS[each] for each in findings))}"
    if cell.as_wanted_each_time:
        seconds = "" if said.seconds is None else f" {brief(said.seconds)}"
        return Box("good", f"R{seconds}{marks_of([cell])}", words)
    unwanted = findings - {crash.wanted for _, crash in cell.judged}
    kind, letter = "wrong", "W"
    if unwanted <= {*_FAILED}:
        kind, letter = "failed", "F"
    elif unwanted <= {*_STUCK, *_FAILED}:
        kind, letter = "stuck", "S"
    share = f" {len(cell.valid) - cell.as_wanted}/{len(cell.valid)}" if cell.as_wanted else ""
    return Box(kind, f"{letter}{share}", words)
