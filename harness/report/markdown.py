"""Writes `table.md`: every measure and fact of a result, topic by topic, with systems as rows; and the headline."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.experiment.plan import Plan
from harness.report.column import Column, columns
from harness.report.crash_cells import Cell, tally
from harness.report.escape import escaped
from harness.report.figures import day, minute
from harness.report.headline import HEADS, Line, headline
from harness.report.notes import FROM_A_RESULT, linked
from harness.report.parts import joined_note, parts_table
from harness.report.phases_figure import FIGURES, described
from harness.report.ranking import apart, group
from harness.report.sentences import after_crashes, sentences
from harness.report.settings import SETTINGS, anchor
from harness.report.topics import TOPICS, Entry, Topic, cell, heading, source
from harness.report.warnings import warnings
from harness.results.environment import Environment
from harness.results.joined import JOIN
from harness.results.records import BuiltRecord
from harness.results.result import Result

TABLE = "table.md"
PAGE = "index.html"
MATRIX = "results/crash.md"
"""The crash lab's matrix of all results, seen from the repository's folder."""
_AFTER_CRASH = HEADS.index("ready")
_DAGGER = "†"


class SectionError(HarnessError):
    """A README lacks the markers between which its generated section belongs."""


def render_tables(result: Result) -> str:
    """Return all tables as markdown: a pure function of the result."""
    shown = columns(result)
    environment = result.environment
    head = []
    if caveats := environment.isolation.caveats:
        head += [f"> **{environment.isolation.summary}.** {' '.join(caveats)}", ""]
    topics = [line for topic in TOPICS for line in _topic(topic, shown)]
    title = f"# Measured on {day(environment.started_s)} on {escaped(environment.machine.host)}"
    parts = [title, "", *head, *topics, *_warnings(result, shown), *parts_table(result), *_foot(result, shown)]
    return "\n".join([*parts, *_provenance(result)])


def render_headline(result: Result, badge: str = "", link: str = "", crashes: Sequence[Cell] = ()) -> str:
    """Return the headline as markdown: one line a system, what it says in words, a figure, and where to look next.

    It is for the repository's own folder, from where `link` leads to the result's. What the crash lab found comes with
    it, where something is known.
    """
    shown = columns(result)
    lines = headline(shown)
    head = [f"> {badge}", ""] if badge else []
    heads, rows = list(HEADS), [[_system(line), *map(_cell, line.cells)] for line in lines]
    if crashes:
        heads.insert(_AFTER_CRASH, "after a crash")
        for row, line in zip(rows, lines, strict=True):
            row.insert(_AFTER_CRASH, _cell(_after_crash(crashes, line.column)))
    table = [f"| {' | '.join(heads)} |", f"| :-- |{' --: |' * (len(heads) - 1)}"]
    before = ""
    for line, row in zip(lines, rows, strict=True):
        if (group_of := group(line.column, shown)) != before:
            table.append(f"| *{group_of}* |{' |' * (len(heads) - 1)}")
        before = group_of
        table.append(f"| {' | '.join(row)} |")
    said = [*sentences(shown), *filter(None, [after_crashes(crashes)])]
    matrix = f" · [what is left when things die]({MATRIX})" if crashes else ""
    light, dark = FIGURES
    return "\n".join(
        [
            *head,
            *table,
            "",
            " ".join(map(escaped, said)),
            "",
            "<picture>",
            f'  <source media="(prefers-color-scheme: dark)" srcset="{link}{dark}">',
            f'  <img alt="{escaped(described(shown))}" src="{link}{light}">',
            "</picture>",
            "",
            f"[All tables]({link}{TABLE}) · [a page to sort and compare]({link}{PAGE}) (download it, then open it) · "
            f"[what you can conclude](docs/results.md) · "
            f"[how each number is made](docs/method/measurement.md){matrix}",
            "",
            _what_it_is(result, shown, lines),
            *(["", escaped(joined_note(result))] if result.parts else []),
        ]
    )


def _after_crash(crashes: Sequence[Cell], column: Column) -> str:
    good, tried = tally(crashes, column.name)
    return f"{good} of {tried}" if tried else "–"


def replace_section(path: Path, name: str, content: str) -> None:
    """Put `content` between `<!-- START name -->` and `<!-- END name -->` of a file.

    Raises `SectionError` when the markers are not there.
    """
    text = path.read_text()
    start, end = f"<!-- START {name} -->", f"<!-- END {name} -->"
    head, has_start, rest = text.partition(start)
    _, has_end, tail = rest.partition(end)
    if not has_start or not has_end:
        raise SectionError(f"{path}: expected the markers {start} and {end}")
    path.write_text(f"{head}{start}\n{content.strip()}\n{end}{tail}")


def _topic(topic: Topic, shown: Sequence[Column]) -> list[str]:
    lines = [f"## {topic.title}", "", f"| | {' | '.join(map(heading, topic.entries))} |"]
    lines.append(f"| :-- |{' --: |' * len(topic.entries)}")
    for column in shown:
        words = [_told(entry, column, shown) for entry in topic.entries]
        lines.append(f"| {_row_name(column, shown)} | {' | '.join(words)} |")
    return [*lines, ""]


def _told(entry: Entry, column: Column, shown: Sequence[Column]) -> str:
    words, page = escaped(cell(entry, column, shown)), source(entry, column)
    return f"[{words}]({page})" if page else words


def _row_name(column: Column, shown: Sequence[Column]) -> str:
    system = column.system
    name = linked(system.title, system.name, FROM_A_RESULT)
    if system.baseline:
        return name
    mode = f" ({system.mode})" if group(column, shown) else ""
    return f"{name} [{column.profile}]({SETTINGS}#{anchor(system, column.profile)}){mode}"


def _system(line: Line) -> str:
    """Name a system with its rank, with links to the notes on it, else to the tool, and to its folder here."""
    column, system = line.column, line.column.system
    rank = "" if line.rank is None else f"**{line.rank}** "
    what = "baseline" if system.baseline else column.profile
    trouble = f" {_DAGGER}" if line.troubles else ""
    name = linked(system.title, system.name, "", system.homepage)
    return f"{rank}{name} [{what}](pipelines/{system.name}){trouble}"


def _cell(words: str) -> str:
    """Keep a number with its unit, and the parts of a sum, in one line."""
    return escaped(words).replace(": ", ":<br>").replace(" ", "\N{NO-BREAK SPACE}")


def _what_it_is(result: Result, shown: Sequence[Column], lines: Sequence[Line]) -> str:
    environment, machine = result.environment, result.environment.machine
    trials = sum(len(line.column.trials) for line in lines)
    ranks = (
        f"A bold rank is 1 plus the number of systems that clearly add less. {apart(shown)}"
        if any(line.rank is not None for line in lines)
        else "With so few laps nobody can say which adds less: there are no ranks. "
    )
    return (
        f"{ranks}What is added to a run is its total less the pipeline's own work; a faster machine shortens "
        f"computing and not waiting. Code is in source lines. {trials} trials on {day(environment.started_s)}: "
        f"{machine.cpus} CPUs ({escaped(machine.cpu_model)}), {escaped(environment.isolation.summary)}."
    )


def _warnings(result: Result, shown: Sequence[Column]) -> list[str]:
    said = warnings(shown, result.objections)
    if not said:
        return []
    return ["## Warnings", "", *(f"- {escaped(warning)}" for warning in said), ""]


def _foot(result: Result, shown: Sequence[Column]) -> list[str]:
    environment, machine = result.environment, result.environment.machine
    trials = [trial for column in shown for trial in column.trials]
    whole_laps = max((round_.lap for column in shown for round_ in column.rounds), default=0)
    state = "" if environment.ended_s else f" (unfinished: lap {whole_laps} of {environment.laps})"
    versions = ", ".join(f"{s.title} {s.version}" for s in environment.systems if not s.baseline)
    commit = _commit(environment, 12)
    pinning = environment.pinning
    placed = (
        f"the harness kept to CPU {_numbers(pinning.harness)}, the stacks to {_numbers(pinning.stacks)}"
        if pinning.pinned
        else "too few CPUs to give the harness its own, so stacks and harness shared them all"
    )
    if pinning.jobs > 1:
        lanes = "; ".join(_numbers(lane) for lane in pinning.lanes)
        placed += f", where up to {pinning.jobs} rounds ran side by side ({lanes})"
    return [
        "A number is the median of each lap, averaged over the laps. Square brackets hold its 95 % interval; with too "
        "few laps for one, round brackets hold the least, the greatest and the count. Multiples of the baseline are "
        "taken lap by lap, so what a lap did to both is not in them. Inseparable systems are those of which nobody can "
        "tell which is faster; where all are alike, at most one row in twenty holds a mark to the contrary. A rank is "
        f"1 plus the number of systems that are separably faster; the baseline has none. {apart(shown)}Only trials "
        f"whose output was verified count. {_retries(result.plan)} What each number means: "
        "docs/method/measurement.md; how sure it is: docs/method/statistics.md.",
        "",
        f"Measured {minute(environment.started_s)} UTC{state} on {machine.host}: {machine.cpu_model}, {machine.cpus} "
        f"CPUs, {machine.memory_bytes / 2**30:.1f} GiB, {machine.os}, Linux {machine.kernel}, "
        f"{environment.isolation.summary}. Each part of a stack may use {environment.cpus:g} CPUs and "
        f"{environment.memory_bytes / 2**30:g} GiB; {placed}.",
        "",
        f"Versions: {versions}. Preset `{environment.preset}`, {whole_laps} of {environment.laps} laps, "
        f"{len(trials)} trials, seed {environment.seed}, commit {commit}, method {environment.method}.",
        "",
    ]


def _provenance(result: Result) -> list[str]:
    """Say what exactly was measured, folded away: digests are for those who doubt."""
    environment = result.environment
    ids = {record.orchestrator: f"`{record.id}`" for record in result.records if isinstance(record, BuiltRecord)}
    ended = f"{minute(environment.ended_s)} UTC" if environment.ended_s else "not yet"
    carried = ""
    if environment.carried_from:
        carried = f" They were carried over from an older format, whose chain ended in `{environment.carried_from}`."
    rows = [
        f"- {escaped(s.title)} {s.version}: image {ids.get(s.name, 'not built')}, lock `{s.lock_sha256}`"
        for s in environment.systems
    ]
    plan = f"Plan `{environment.plan_sha256}`. Records are chained to all of this"
    if result.parts:
        plan = f"`{JOIN}` holds the SHA-256 of each benchmark's files"
    return [
        "<details><summary>Provenance</summary>",
        "",
        *rows,
        f"- PostgreSQL: image `{environment.warehouse.id}`",
        "",
        f"Started {minute(environment.started_s)} UTC, ended {ended}. Commit {_commit(environment)}. "
        f"{plan}; check them with `orchbench audit`.{carried}",
        "",
        "</details>",
        "",
    ]


def _retries(plan: Plan) -> str:
    """Say how each step is set to retry; a plan whose scenarios differ in that says so."""
    settings = {(each.retries, each.retry_delay_s) for each in plan.scenarios.values()}
    said = " or ".join(f"{retries} retries, {delay_s:g} s apart" for retries, delay_s in sorted(settings))
    return f"Every step is set to {said}."


def _commit(environment: Environment, length: int | None = None) -> str:
    """Name the commit and whether files were changed since; without git neither is known."""
    if not environment.commit:
        return "unknown: no git"
    return f"`{environment.commit[:length]}`{' with uncommitted changes' if environment.dirty else ''}"


def _numbers(cpus: Sequence[int]) -> str:
    return ", ".join(map(str, cpus))
