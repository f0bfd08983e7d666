"""Publishing writes a complete result into the documents."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.audit import require_valid
from harness.errors import Failure, HarnessError
from harness.labs.crash.kind import CRASH
from harness.labs.crash.matrix import joined_files
from harness.labs.crash.remarks import read_remarks
from harness.labs.kinds import kind_of
from harness.labs.latency.plan import STANDARD
from harness.labs.report_files import write_report
from harness.paths import REPOSITORY, shown
from harness.publish.conclusions import render_reading
from harness.publish.first_screen import render_headline
from harness.publish.index import committed, render_index
from harness.publish.staleness import PUBLISHABLE, staleness
from harness.report.format import counted
from harness.report.lineup import lineup_of
from harness.results.folders import folders_in
from harness.results.joined import read_folder
from harness.results.records import TrialRecord
from harness.results.result import Result

README, INDEX, READING = "README.md", "results/README.md", "docs/results.md"
SECTION = "results"
PUBLISHED_ISOLATION = "container"
"""The reference isolation. Published figures are measured with it."""
RESUME = "orchbench bench --resume"


class NotPublishable(Failure):
    """A result cannot be published. The message says why."""


class SectionError(HarnessError):
    """A README lacks the markers between which its generated section belongs."""


def publish(result: Result, root: Path = REPOSITORY) -> list[Path]:
    """Write a result's report, its headline in README, its conclusions, the crash matrix and the index of results.

    Returns the written files. Raises `AuditFailed`, and `NotPublishable` for a result that is unfinished, measured with
    processes, without valid trials, or shorter than the preset `standard`. An orchestrator that failed is published as
    failed.
    """
    if reason := _unfit(result):
        remedy = PUBLISHABLE if result.environment.ended_s else RESUME
        raise NotPublishable(f"cannot publish {shown(result.folder)}: {reason}", remedy=remedy)
    require_valid(result)
    write_report(result)
    link = f"{os.path.relpath(result.folder, root)}/"
    everything = _all_sound(root)
    laps = crash_laps(everything)
    lineup = lineup_of(result)
    headline = render_headline(lineup, staleness(result), link, laps)
    replace_section(root / README, SECTION, headline)
    (root / READING).write_text(render_reading(lineup, f"../{link}"))
    replace_section(root / INDEX, SECTION, render_index(everything, committed(result, laps)))
    written = [root / README, root / READING, root / INDEX]
    return [*written, *_write_crashes(root, laps)] if laps else written


def crash_laps(results: Iterable[Result]) -> list[Result]:
    """Return the crash results that are joined: complete, and measured with the reference isolation."""
    return [each for each in results if kind_of(each.plan) is CRASH and not _not_of_the_reference(each)]


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


def _write_crashes(root: Path, laps: Sequence[Result]) -> list[Path]:
    """Write the joined matrix and a page of evidence per tool. Return their paths."""
    folder = (root / INDEX).parent
    files = {folder / name: content for name, content in joined_files(laps, read_remarks(folder))}
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return [*files]


def _all_sound(root: Path) -> list[Result]:
    results = [read_folder(folder) for folder in folders_in((root / INDEX).parent)]
    for each in results:
        require_valid(each)
    return results


def _not_of_the_reference(result: Result) -> str:
    if (kind := result.environment.isolation.kind) != PUBLISHED_ISOLATION:
        return f"it was measured with `{kind}` isolation, and published figures need `{PUBLISHED_ISOLATION}`"
    return "" if result.environment.ended_s else "it is unfinished"


def _unfit(result: Result) -> str:
    """Say why a result cannot be published. Empty if it can."""
    systems, laps = result.environment.systems, result.environment.laps
    if reason := kind_of(result.plan).why_not_published or _not_of_the_reference(result):
        return reason
    if any(system.baseline and not _valid_trials(result, system.name) for system in systems):
        return "the baseline has no valid trial"
    if not any(_valid_trials(result, system.name) for system in systems if not system.baseline):
        return "no orchestrator has a valid trial"
    if laps < STANDARD.laps:
        return f"it has {counted(laps, 'repetition')}, and preset `{STANDARD.name}` has {STANDARD.laps}"
    least = STANDARD.warm_trials[0]
    for planned in result.plan.rounds:
        warm = sum(trial.scenario == "etl" and not trial.cold for trial in planned.trials)
        if warm < least:
            need = f"preset `{STANDARD.name}` has at least {least}"
            return f"{planned.id} has {warm} warm trials of `etl`, and {need}"
    return ""


def _valid_trials(result: Result, orchestrator: str) -> int:
    return sum(
        isinstance(record, TrialRecord) and record.orchestrator == orchestrator and record.outcome == "valid"
        for record in result.records
    )
