"""Publishing: the one act that writes a result into the documents, on purpose, and only a complete one."""

import os
from collections.abc import Sequence
from pathlib import Path

from harness.audit import demand_sound
from harness.errors import Failure
from harness.experiment.plan import STANDARD
from harness.paths import REPOSITORY, shown
from harness.report.crash_cells import cells
from harness.report.crash_matrix import render_crashes
from harness.report.index import render_index
from harness.report.markdown import MATRIX, render_headline, replace_section
from harness.report.reading import render_reading
from harness.report.staleness import PUBLISHABLE
from harness.report.write import staleness, write_report
from harness.results.environment import ENVIRONMENT
from harness.results.records import TrialRecord
from harness.results.result import Result, read_result

README, INDEX, READING = "README.md", "results/README.md", "docs/results.md"
SECTION = "results"
PUBLISHED_ISOLATION = "container"
"""The reference: what the figures that people quote are made with."""
RESUME = "orchbench bench --resume"
_UNFINISHED = "it is unfinished"


class NotPublishable(Failure):
    """A result is not fit for readers; the message says why."""


def publish(result: Result, root: Path = REPOSITORY) -> list[Path]:
    """Write a result's report, its headline into README, what can be concluded of it, and the index of all results.

    Returns what was written. Raises `NotPublishable` for a result that is unfinished, of processes, without anything
    valid to show or shorter than the preset `standard`, and `NotSound` for one that does not pass the audit. An
    orchestrator that failed is published as such.
    """
    if reason := _unfit(result):
        remedy = RESUME if reason == _UNFINISHED else PUBLISHABLE
        raise NotPublishable(f"{shown(result.folder)} is not published: {reason}", remedy=remedy)
    demand_sound(result)
    write_report(result)
    link = f"{os.path.relpath(result.folder, root)}/"
    everything = _all_sound(root)
    laps = [each for each in everything if each.plan.crashes and not _not_of_the_reference(each)]
    headline = render_headline(result, staleness(result), link, cells(laps))
    replace_section(root / README, SECTION, headline)
    (root / READING).write_text(render_reading(result, f"../{link}"))
    written = [root / README, root / READING, _index(root, everything)]
    if laps:
        (root / MATRIX).write_text(render_crashes(laps, "../"))
        written.append(root / MATRIX)
    return written


def _all_sound(root: Path) -> list[Result]:
    results = [read_result(path.parent) for path in sorted((root / INDEX).parent.glob(f"*/{ENVIRONMENT}"))]
    for each in results:
        demand_sound(each)
    return results


def _index(root: Path, results: Sequence[Result]) -> Path:
    replace_section(root / INDEX, SECTION, render_index(results))
    return root / INDEX


def _not_of_the_reference(result: Result) -> str:
    if (kind := result.environment.isolation.kind) != PUBLISHED_ISOLATION:
        return f"published figures are of the isolation `{PUBLISHED_ISOLATION}`, these are of `{kind}`"
    if result.environment.ended_s is None:
        return _UNFINISHED
    return ""


def _unfit(result: Result) -> str:
    if result.plan.crashes:
        return "it holds crash trials, and the headline tells of none; what they came to stands in its crash.md"
    if reason := _not_of_the_reference(result):
        return reason
    for system in result.environment.systems:
        if system.baseline and not _valid_trials(result, system.name):
            return "the baseline has no valid trial"
    if not any(_valid_trials(result, system.name) for system in result.environment.systems if not system.baseline):
        return "no orchestrator has a valid trial"
    if result.environment.laps < STANDARD.laps:
        return f"it has {result.environment.laps} laps, preset `{STANDARD.name}` has {STANDARD.laps}"
    for planned in result.plan.rounds:
        warm = sum(trial.scenario == "etl" and not trial.cold for trial in planned.trials)
        least = STANDARD.warm_trials[0]
        if warm < least:
            return f"{planned.id} has {warm} warm trials of `etl`, preset `{STANDARD.name}` at least {least}"
    return ""


def _valid_trials(result: Result, orchestrator: str) -> int:
    return sum(
        isinstance(record, TrialRecord) and record.orchestrator == orchestrator and record.outcome == "valid"
        for record in result.records
    )
