"""Writes `table.md`: every measure and fact of a result, topic by topic, with systems as rows."""

from collections.abc import Sequence

from harness.experiment.plan import Plan
from harness.report.column import Column, columns
from harness.report.escape import escaped
from harness.report.format import day, minute
from harness.report.notes import FROM_A_RESULT, linked
from harness.report.parts import parts_table
from harness.report.ranking import group, modes_note
from harness.report.sentences import asides, sentences
from harness.report.settings import SETTINGS, anchor
from harness.report.topics import TOPICS, Entry, Topic, cell, heading, single_samples, source
from harness.report.warnings import warnings
from harness.results.environment import Environment
from harness.results.joined import JOIN
from harness.results.records import BuiltRecord
from harness.results.result import Result

TABLE = "table.md"
PAGE = "index.html"
MATRIX = "results/crash.md"
"""The crash lab's matrix of all results, seen from the repository's folder."""
ONE_SAMPLE = "A number without brackets is one sample (n=1)."


def render_tables(result: Result) -> str:
    """Return all tables as markdown: a pure function of the result."""
    shown = columns(result)
    environment = result.environment
    head = []
    if caveats := environment.isolation.caveats:
        head += [f"> **{environment.isolation.summary}.** {' '.join(caveats)}", ""]
    head += [*(f"- {escaped(sentence)}" for sentence in [*sentences(shown), *asides(shown)]), ""]
    topics = [line for topic in TOPICS for line in _topic(topic, shown)]
    title = f"# Measured on {day(environment.started_s)} on {escaped(environment.machine.host)}"
    parts = [title, "", *head, *topics, *_warnings(result, shown), *parts_table(result), *_foot(result, shown)]
    return "\n".join([*parts, *_provenance(result)])


def _topic(topic: Topic, shown: Sequence[Column]) -> list[str]:
    lines = [f"## {topic.title}", ""]
    if single_samples(topic.entries, shown):
        lines += [ONE_SAMPLE, ""]
    lines.append(f"| | {' | '.join(map(heading, topic.entries))} |")
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
        f"The harness ran on CPU {_numbers(pinning.harness)}, the stacks on {_numbers(pinning.stacks)}"
        if pinning.pinned
        else "With so few CPUs, the harness and the stacks shared all of them"
    )
    if pinning.jobs > 1:
        lanes = "; ".join(_numbers(lane) for lane in pinning.lanes)
        placed += f", and up to {pinning.jobs} rounds ran in parallel ({lanes})"
    return [
        "A number is the median of each lap, averaged over the laps. Square brackets hold its 95% interval. With too "
        "few laps for one, round brackets hold the lowest value, the highest, and the count. Multiples of the baseline "
        "are taken lap by lap, so a slow lap does not change them. Two systems are tied if the data do not show which "
        "has less overhead. If all systems were alike, at most 5% of such tables would show a difference. A rank is 1 "
        "plus the number of systems with significantly less overhead. The baseline is not ranked. "
        f"{modes_note(shown)}A trial counts only if its output was verified. {_retries(result.plan)} "
        "What each number means: docs/method/measurement.md. How certain it is: docs/method/statistics.md.",
        "",
        f"Measured {minute(environment.started_s)} UTC{state} on {machine.host}: {machine.cpu_model}, {machine.cpus} "
        f"CPUs, {machine.memory_bytes / 2**30:.1f} GiB, {machine.os}, Linux {machine.kernel}, "
        f"{environment.isolation.summary}. Each part of a stack can use {environment.cpus:g} CPUs and "
        f"{environment.memory_bytes / 2**30:g} GiB. {placed}.",
        "",
        f"Versions: {versions}. Preset `{environment.preset}`, {whole_laps} of {environment.laps} laps, "
        f"{len(trials)} trials, seed {environment.seed}, commit {commit}, method {environment.method}.",
        "",
    ]


def _provenance(result: Result) -> list[str]:
    """List the digests of everything measured, folded away: they are for those who doubt."""
    environment = result.environment
    ids = {record.orchestrator: f"`{record.id}`" for record in result.records if isinstance(record, BuiltRecord)}
    ended = f"{minute(environment.ended_s)} UTC" if environment.ended_s else "not yet"
    rows = [
        f"- {escaped(s.title if s.baseline else f'{s.title} {s.version}')}: image {ids.get(s.name, 'not built')}, "
        f"lock `{s.lock_sha256}`"
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
        f"{plan}. `orchbench audit` checks them.",
        "",
        "</details>",
        "",
    ]


def _retries(plan: Plan) -> str:
    """Say how each step is set to retry, in every way that the plan's scenarios have."""
    settings = {(each.retries, each.retry_delay_s) for each in plan.scenarios.values()}
    said = " or ".join(f"{retries} retries, {delay_s:g} s apart" for retries, delay_s in sorted(settings))
    return f"Every step is set to {said}."


def _commit(environment: Environment, length: int | None = None) -> str:
    """Name the commit and whether files were changed since. Without git, neither is known."""
    if not environment.commit:
        return "unknown: no git"
    return f"`{environment.commit[:length]}`{' with uncommitted changes' if environment.dirty else ''}"


def _numbers(cpus: Sequence[int]) -> str:
    return ", ".join(map(str, cpus))
