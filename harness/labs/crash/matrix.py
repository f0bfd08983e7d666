"""Writes `crash.md`: a matrix of what survives a crash, and the evidence behind each cell as sentences."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.labs.crash.cells import Cell, cells
from harness.labs.crash.remarks import Remark
from harness.labs.crash.words import NEXT_RUN_FAILED, sentence, short, told
from harness.report.escape import escaped
from harness.report.format import counted, days, listed, minute
from harness.report.markdown import PAGE
from harness.report.notes import FROM_A_RESULT, linked
from harness.results.result import Result

CRASHES = "crash.md"
LEGEND = (
    "✓ the expected outcome, with the time until the data were delivered. ✗ any other outcome. – not applicable. "
    "FALSE OK is the worst: the tool reported success, but the data are wrong, missing or duplicated. "
    f"`> 120 s` the tool reported no final state within that time. † {NEXT_RUN_FAILED}. "
    "↻ at least once, a step that had finished ran again. `missed` the fault came too late to hit the step."
)
_REMARK = "‡"
_FROM_RESULTS = "../"
_COLUMNS = 5
"""So many scenarios fit next to the systems' names on a page of GitHub."""


def render_crashes(results: Sequence[Result], root: str = FROM_A_RESULT) -> str:
    """Return the matrix and its evidence as markdown. `root` is the path from that file to the repository."""
    every = cells(results)
    lines = _head(results, every, root)
    for own in _by_title(every).values():
        lines += _system(own)
    return "\n".join([*lines, *_foot(results, root)])


def joined_files(results: Sequence[Result], remarks: Sequence[Remark] = ()) -> Iterator[tuple[str, str]]:
    """Yield path and content of the joined matrix and of one page of evidence per tool, for the folder of results."""
    every = cells(results)
    tools: dict[str, list[Cell]] = {}
    for cell in every:
        tools.setdefault(cell.system, []).append(cell)
    pages = {name: f"crash/{name}.md" for name in tools}
    titles = {name: own[0].system_title for name, own in tools.items()}
    links = " · ".join(f"[{escaped(titles[name])}]({page})" for name, page in pages.items())
    lines = [*_head(results, every, _FROM_RESULTS, remarks), "## Evidence", "", f"One page per tool: {links}", ""]
    yield CRASHES, "\n".join([*lines, *_foot(results, _FROM_RESULTS)])
    for name, own in tools.items():
        lines = [f"# What survives a crash: {escaped(titles[name])}", ""]
        lines += ["The [matrix](../crash.md) explains the marks and the scenarios.", ""]
        for cells_of_it in _by_title(own).values():
            lines += _system(cells_of_it)
        yield pages[name], "\n".join(lines)


def _head(results: Sequence[Result], every: Sequence[Cell], root: str, remarks: Sequence[Remark] = ()) -> list[str]:
    when = days(result.environment.started_s for result in results)
    lines = [f"# What survives a crash, measured {when}", "", LEGEND, ""]
    lines += [*_matrix(every, root, remarks), *_remarks(every, remarks)]
    return [*lines, "## Scenarios and expected outcomes", "", *_scenarios(every), ""]


def _by_title(every: Sequence[Cell]) -> dict[str, list[Cell]]:
    return {title: list(own) for title, own in groupby(every, key=lambda each: each.title)}


def _remarks(every: Sequence[Cell], remarks: Sequence[Remark]) -> list[str]:
    lines = []
    for remark in remarks:
        if own := [cell for cell in every if remark.concerns(cell)]:
            scenarios = listed([f"`{cell.scenario}`" for cell in own])
            lines += [f"{_REMARK} {escaped(own[0].title)}, {scenarios}: {escaped(remark.words)}", ""]
    return lines


def _matrix(every: Sequence[Cell], root: str, remarks: Sequence[Remark]) -> list[str]:
    names = list(dict.fromkeys(each.scenario for each in every))
    by_system = {title: {each.scenario: each for each in own} for title, own in _by_title(every).items()}
    lines = []
    for first in range(0, len(names), _COLUMNS):
        part = names[first : first + _COLUMNS]
        lines += [f"| | {' | '.join(part)} |", f"| :-- |{' :-- |' * len(part)}"]
        for title, own in by_system.items():
            words = [
                f"{_words(own[name])}{_REMARK if any(each.concerns(own[name]) for each in remarks) else ''}"
                for name in part
            ]
            first_cell = own[part[0]]
            mode = f" ({first_cell.mode})" if first_cell.mode else ""
            lines.append(f"| {linked(title, first_cell.system, root)}{mode} | {' | '.join(words)} |")
        lines.append("")
    return lines


def _words(cell: Cell) -> str:
    return short(cell).replace(" ", "\N{NO-BREAK SPACE}")


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
            lines.append(f"- **{cell.scenario}** not applicable: {escaped(why.reason)}{page}.")
    return [*lines, ""]


def _not_counted(results: Sequence[Result]) -> list[str]:
    objections = [each for result in results for each in result.objections]
    return ["## Not counted", "", *(f"- {escaped(each)}" for each in objections), ""] if objections else []


def _foot(results: Sequence[Result], root: str) -> list[str]:
    return [*_not_counted(results), *(_measured(result, root) for result in results), ""]


def _measured(result: Result, root: str) -> str:
    environment, jobs = result.environment, result.environment.pinning.jobs
    logs = f"[their page]({PAGE})" if root == FROM_A_RESULT else f"`orchbench open results/{result.folder.name}`"
    parallel = f", up to {jobs} stacks in parallel" if jobs > 1 else ""
    return (
        f"- Measured {minute(environment.started_s)} UTC on {environment.machine.host}: "
        f"{environment.machine.cpu_model}, {environment.machine.cpus} CPUs, {environment.isolation.summary}. "
        f"{counted(environment.laps, 'repetition')}{parallel}, "
        f"timeout {result.plan.patience_s:g} s. For the logs of every ✗, see {logs}."
    )
