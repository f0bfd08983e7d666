"""Writes `crash.md`: what is left when things die, as a matrix, and behind each cell a sentence with what was seen."""

from collections.abc import Sequence
from itertools import groupby

from harness.experiment.plan import Plan
from harness.report.crash_cells import HURT, Cell, cells
from harness.report.crash_words import sentence, told
from harness.report.escape import escaped
from harness.report.figures import day, minute
from harness.report.markdown import TABLE
from harness.report.notes import FROM_A_RESULT, linked
from harness.results.result import Result

CRASHES = "crash.md"
LEGEND = (
    "✓ is what a user would want, and after how long the data were there; ✗ is what was left instead; – was not tried. "
    "FALSE OK is the gravest: success was told, and the data are wrong, missing, or went out twice. "
    f"† at least once {HURT}."
)
_COLUMNS = 5
"""So many scenarios fit beside the systems' names into a page of GitHub."""


def first_file(plan: Plan) -> str:
    """Return the name of the file that a reader of a result opens first."""
    return CRASHES if plan.crashes else TABLE


def render_crashes(results: Sequence[Result], root: str = FROM_A_RESULT) -> str:
    """Return the matrix of results as markdown, for a file from where `root` leads to the repository."""
    every = cells(results)
    environment = results[-1].environment
    lines = [f"# What is left when things die, measured on {day(environment.started_s)}", ""]
    lines += [LEGEND, ""]
    lines += _matrix(every, root)
    lines += ["## What is done, and what is wanted", "", *_scenarios(every), ""]
    for _, own in groupby(every, key=lambda each: each.title):
        lines += _system(list(own))
    return "\n".join([*lines, *_not_counted(results), *_foot(results, root)])


def _matrix(every: Sequence[Cell], root: str) -> list[str]:
    names = list(dict.fromkeys(each.scenario for each in every))
    by_system = {title: {each.scenario: each for each in own} for title, own in groupby(every, key=lambda e: e.title)}
    lines = []
    for first in range(0, len(names), _COLUMNS):
        part = names[first : first + _COLUMNS]
        lines += [f"| | {' | '.join(part)} |", f"| :-- |{' :-- |' * len(part)}"]
        for title, own in by_system.items():
            words = [_words(own[name]) for name in part]
            first_cell = own[part[0]]
            mode = f" ({first_cell.mode})" if first_cell.mode else ""
            lines.append(f"| {linked(title, first_cell.system, root)}{mode} | {' | '.join(words)} |")
        lines.append("")
    return lines


def _words(cell: Cell) -> str:
    return cell.words.replace(" ", "\N{NO-BREAK SPACE}")


def _scenarios(every: Sequence[Cell]) -> list[str]:
    crashes = {each.scenario: each.crash for each in every}
    return [f"- **{name}**: {told(crash)}" for name, crash in crashes.items()]


def _system(own: Sequence[Cell]) -> list[str]:
    lines = [f"## {escaped(own[0].title)}", ""]
    for cell in own:
        lines += [
            f"- **{cell.scenario}** {_words(cell)}: {escaped(sentence(crash, record))}" for record, crash in cell.judged
        ]
        if why := cell.not_tried:
            page = f" ([its documentation]({why.docs}))" if why.docs else ""
            lines.append(f"- **{cell.scenario}** was not tried: {escaped(why.reason)}{page}.")
    return [*lines, ""]


def _not_counted(results: Sequence[Result]) -> list[str]:
    objections = [each for result in results for each in result.objections]
    return ["## Not counted", "", *(f"- {escaped(each)}" for each in objections), ""] if objections else []


def _foot(results: Sequence[Result], root: str) -> list[str]:
    lines = []
    for result in results:
        environment = result.environment
        logs = "what the stacks wrote where a ✗ is"
        # What is joined is committed, and the repository holds no page of a lap.
        shown = (
            f"[{logs}](index.html)"
            if root == FROM_A_RESULT
            else f"{logs}: `orchbench open results/{result.folder.name}`"
        )
        beside = f", up to {environment.pinning.jobs} stacks side by side" if environment.pinning.jobs > 1 else ""
        lines.append(
            f"Measured {minute(environment.started_s)} UTC on {environment.machine.host}: "
            f"{environment.machine.cpu_model}, {environment.machine.cpus} CPUs, {environment.isolation.summary}; "
            f"{environment.laps} laps{beside}, patience {result.plan.patience_s:g} s; "
            f"{shown}."
        )
    return [*lines, ""]
