"""Writes the table as markdown: `table.md`, and the generated sections of the READMEs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.environment import Environment
from harness.records import Record
from harness.report.column import Column, columns
from harness.report.settings import SETTINGS, anchor
from harness.report.stability import warnings
from harness.report.table import Group, groups
from harness.scenario import RETRIES, RETRY_DELAY_S

TABLE = "table.md"


class SectionError(Exception):
    """A README lacks the markers between which its generated section belongs."""


def render(environment: Environment, records: Sequence[Record], badge: str = "", link: str = "") -> str:
    """Return the whole table as markdown: a pure function of its arguments.

    `badge` says why the result is out of date; `link` leads from where the table is shown to the benchmark's folder.
    """
    found = columns(environment, records)
    head = [f"> {badge}", ""] if badge else []
    parts = [*head, *_table(found, groups(found), link), "", *_warnings(found), *_foot(environment, found)]
    return "\n".join([*parts, *_provenance(environment)])


def replace_section(path: Path, name: str, content: str) -> None:
    """Put `content` between `<!-- START name -->` and `<!-- END name -->` of a file.

    Raises `SectionError` when the markers are not there.
    """
    text = path.read_text()
    start, end = f"<!-- START {name} -->", f"<!-- END {name} -->"
    head, found_start, rest = text.partition(start)
    _, found_end, tail = rest.partition(end)
    if not found_start or not found_end:
        raise SectionError(f"{path}: expected the markers {start} and {end}")
    path.write_text(f"{head}{start}\n{content.strip()}\n{end}{tail}")


def _table(found: Sequence[Column], content: Sequence[Group], link: str) -> list[str]:
    titles = []
    for column in found:
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


def _warnings(found: Sequence[Column]) -> list[str]:
    said = warnings(found)
    if not said:
        return []
    return ["**Warnings**", "", *(f"- {' '.join(warning.split())}" for warning in said), ""]


def _foot(environment: Environment, found: Sequence[Column]) -> list[str]:
    machine, engine = environment.machine, environment.engine
    trials = [trial for column in found for trial in column.trials]
    whole_laps = max((round_.lap for column in found for round_ in column.rounds), default=0)
    state = "" if environment.ended_s else f" (unfinished: lap {whole_laps} of {environment.laps})"
    versions = ", ".join(f"{s.title} {s.version}" for s in environment.systems if not s.baseline)
    commit = f"`{environment.commit[:12]}`{' with uncommitted changes' if environment.dirty else ''}"
    pinning = environment.pinning
    placed = (
        f"the harness kept to CPU {_numbers(pinning.harness)}, the stacks to {_numbers(pinning.stacks)}"
        if pinning.pinned
        else "too few CPUs to give the harness its own, so stacks and harness shared them all"
    )
    return [
        "Numbers are medians. Square brackets hold the 95 % interval (bootstrap over rounds, then trials); with too "
        "few rounds for one, round brackets hold the least, the greatest and the count. Two systems are "
        "inseparable when the interval of the ratio of their medians includes 1: which is faster is not known. Only "
        f"trials whose output was verified count. Every step is set to {RETRIES} retries, {RETRY_DELAY_S:g} s apart. "
        "What each number means: docs/methodology.md.",
        "",
        f"Measured {_utc(environment.started_s)} UTC{state} on {machine.host}: {machine.cpu_model}, {machine.cpus} "
        f"CPUs, {machine.memory_bytes / 2**30:.1f} GiB, {machine.os}, Linux {machine.kernel}, Docker {engine.version} "
        f"on {engine.storage_driver}, cgroup v{engine.cgroup_version}. Each container may use {environment.cpus:g} "
        f"CPUs and {environment.memory_bytes / 2**30:g} GiB; {placed}.",
        "",
        f"Versions: {versions}. Preset `{environment.preset}`, {whole_laps} of {environment.laps} laps, "
        f"{len(trials)} trials, seed {environment.seed}, commit {commit or 'unknown'}.",
        "",
    ]


def _provenance(environment: Environment) -> list[str]:
    """Say what exactly was measured, folded away: digests are for who doubts."""
    ended = f"{_utc(environment.ended_s)} UTC" if environment.ended_s else "not yet"
    rows = [f"| {s.title} {s.version} | `{s.image_id}` | `{s.lock_sha256}` |" for s in environment.systems]
    return [
        "<details><summary>Provenance</summary>",
        "",
        "| | image | lock, SHA-256 |",
        "| :-- | :-- | :-- |",
        *rows,
        f"| PostgreSQL | `{environment.warehouse_image_id}` | |",
        "",
        f"Started {_utc(environment.started_s)} UTC, ended {ended}. Commit `{environment.commit or 'unknown'}`"
        f"{', with uncommitted changes' if environment.dirty else ''}. Plan `{environment.plan_sha256}`. Records are "
        "chained to all of this; check them with `orchbench audit`.",
        "",
        "</details>",
        "",
    ]


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _numbers(cpus: Sequence[int]) -> str:
    return ", ".join(map(str, cpus))
