"""Publishing: the one act that writes a result into the READMEs, on purpose, and only a complete one."""

import os
from collections.abc import Sequence
from pathlib import Path

from harness.errors import Failure
from harness.experiment.plan import STANDARD
from harness.paths import REPOSITORY, RESULTS, shown
from harness.report.markdown import render, replace_section
from harness.report.write import staleness, write_report
from harness.results.records import TrialRecord
from harness.results.result import Result

READMES = (REPOSITORY / "README.md", RESULTS / "README.md")
SECTION = "results"
PUBLISHED_ISOLATION = "container"
"""The reference: what the figures that people quote are made with."""


class NotPublishable(Failure):
    """A result is not fit for readers; the message says why."""


def publish(result: Result, readmes: Sequence[Path] = READMES) -> None:
    """Write a result's report, and its table into the generated sections of `readmes`.

    Raises `NotPublishable` for a result that is unfinished, of processes, without anything valid to show or shorter
    than the preset `standard`, and `NotSound` for one that does not pass the audit. An orchestrator that failed is
    published as such.
    """
    if reason := _unfit(result):
        raise NotPublishable(f"{shown(result.folder)} is not published: {reason}", remedy="make bench")
    write_report(result)
    for readme in readmes:
        link = f"{os.path.relpath(result.folder, readme.parent)}/"
        replace_section(readme, SECTION, render(result, staleness(result), link))


def _unfit(result: Result) -> str:
    if (kind := result.environment.isolation.kind) != PUBLISHED_ISOLATION:
        return f"published figures are of the isolation `{PUBLISHED_ISOLATION}`, these are of `{kind}`"
    if result.environment.ended_s is None:
        return "it is unfinished; go on with it: orchbench bench --resume"
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
