"""Writes the table as markdown: `table.md`, and the generated sections of the READMEs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.environment import Environment
from harness.records import Record
from harness.report.table import Column, Group, columns, groups, warnings
from harness.scenario import RETRIES, RETRY_DELAY_S

TABLE = "table.md"


class SectionError(Exception):
    """A README lacks the markers between which its generated section belongs."""


def render(environment: Environment, records: Sequence[Record]) -> str:
    """Return the whole table as markdown: a pure function of environment and records."""
    found = columns(environment, records)
    return "\n".join([*_table(found, groups(found)), "", *_warnings(found), *_foot(environment, found)])


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


def _table(found: Sequence[Column], content: Sequence[Group]) -> list[str]:
    profiles = len({column.profile for column in found}) > 1
    titles = []
    for column in found:
        system = column.system
        title = f"[{system.title}]({system.homepage})"
        title += "" if system.baseline else f" {system.version}"
        titles.append(f"{title}, {column.profile}" if profiles else title)
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
    started = datetime.fromtimestamp(environment.started_s, UTC)
    state = "" if environment.ended_s else f" (unfinished: lap {whole_laps} of {environment.laps})"
    versions = ", ".join(f"{s.title} {s.version}" for s in environment.systems if not s.baseline)
    commit = f"`{environment.commit[:12]}`{' with uncommitted changes' if environment.dirty else ''}"
    return [
        "Numbers are medians, with the least and the greatest in brackets and the count of samples; only trials whose "
        f"output was verified count. Every step is set to {RETRIES} retries, {RETRY_DELAY_S:g} s apart. What each "
        "number means: docs/methodology.md.",
        "",
        f"Measured {started:%Y-%m-%d %H:%M} UTC{state} on {machine.host}: {machine.cpu_model}, {machine.cpus} CPUs, "
        f"{machine.memory_bytes / 2**30:.1f} GiB, {machine.os}, Linux {machine.kernel}, Docker {engine.version} on "
        f"{engine.storage_driver}, cgroup v{engine.cgroup_version}. Each container may use {environment.cpus:g} CPUs "
        f"and {environment.memory_bytes / 2**30:g} GiB.",
        "",
        f"Versions: {versions}. Preset `{environment.preset}`, {whole_laps} of {environment.laps} laps, "
        f"{len(trials)} trials, seed {environment.seed}, commit {commit or 'unknown'}.",
        "",
    ]
