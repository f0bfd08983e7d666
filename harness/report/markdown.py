"""Writes the table as markdown: `table.md`, and the generated sections of the READMEs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import HarnessError
from harness.experiment.plan import Plan
from harness.report.cells import Group, groups
from harness.report.column import Column, columns
from harness.report.settings import SETTINGS, anchor
from harness.report.warnings import warnings
from harness.results.environment import Environment
from harness.results.records import BuiltRecord
from harness.results.result import Result

TABLE = "table.md"


class SectionError(HarnessError):
    """A README lacks the markers between which its generated section belongs."""


def render(result: Result, badge: str = "", link: str = "") -> str:
    """Return the whole table as markdown: a pure function of its arguments.

    `badge` says why the result is out of date; `link` leads from where the table is shown to the benchmark's folder.
    """
    shown = columns(result)
    head = [f"> {badge}", ""] if badge else []
    if caveats := result.environment.isolation.caveats:
        head += [f"> **{result.environment.isolation.summary}.** {' '.join(caveats)}", ""]
    parts = [*head, *_table(shown, groups(shown), link), "", *_warnings(shown), *_foot(result, shown)]
    return "\n".join([*parts, *_provenance(result)])


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


def _table(shown: Sequence[Column], content: Sequence[Group], link: str) -> list[str]:
    titles = []
    for column in shown:
        system = column.system
        title = f"[{system.title}]({system.homepage})"
        if not system.baseline:
            settings = f"{link}{SETTINGS}#{anchor(system, column.profile)}"
            title += f" {system.version}, [{column.profile}]({settings})"
        titles.append(title)
    lines = [f"| | {' | '.join(titles)} |", f"| :-- |{' --: |' * len(titles)}"]
    for group in content:
        lines.append(f"| **{group.name}** |{' |' * len(titles)}")
        lines += [f"| {row.name} | {' | '.join(cell.replace('|', '/') for cell in row.cells)} |" for row in group.rows]
    return lines


def _warnings(shown: Sequence[Column]) -> list[str]:
    said = warnings(shown)
    if not said:
        return []
    return ["**Warnings**", "", *(f"- {' '.join(warning.split())}" for warning in said), ""]


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
        "Numbers are medians. Square brackets hold the 95 % interval (bootstrap over rounds, then trials); with too "
        "few rounds for one, round brackets hold the least, the greatest and the count. Two systems are "
        "inseparable when the interval of the ratio of their medians includes 1: which is faster is not known. Only "
        f"trials whose output was verified count. {_retries(result.plan)} What each number means: docs/methodology.md.",
        "",
        f"Measured {_utc(environment.started_s)} UTC{state} on {machine.host}: {machine.cpu_model}, {machine.cpus} "
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
    ended = f"{_utc(environment.ended_s)} UTC" if environment.ended_s else "not yet"
    carried = ""
    if environment.carried_from:
        carried = f" They were carried over from an older format, whose chain ended in `{environment.carried_from}`."
    rows = [
        f"| {s.title} {s.version} | {ids.get(s.name, 'not built')} | `{s.lock_sha256}` |" for s in environment.systems
    ]
    return [
        "<details><summary>Provenance</summary>",
        "",
        "| | image | lock, SHA-256 |",
        "| :-- | :-- | :-- |",
        *rows,
        f"| PostgreSQL | `{environment.warehouse.id}` | |",
        "",
        f"Started {_utc(environment.started_s)} UTC, ended {ended}. Commit {_commit(environment)}. "
        f"Plan `{environment.plan_sha256}`. Records are chained to all of this; check them with `orchbench audit`."
        f"{carried}",
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


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _numbers(cpus: Sequence[int]) -> str:
    return ", ".join(map(str, cpus))
