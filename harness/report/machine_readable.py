"""Writes output for programs: every number as CSV, every trial as Parquet, and a badge."""

import csv
import io
import json
from operator import attrgetter
from typing import Any

from harness.experiment.timeline import Phases
from harness.report.format import in_seconds
from harness.report.lineup import Lineup
from harness.report.measures import MEASURES, OVERHEAD
from harness.results.records import TrialRecord

SUMMARY, TRIALS, BADGE = "summary.csv", "trials.parquet", "badge.json"
HEAD = ("system", "profile", "workload", "metric", "value", "low", "high", "n", "unit", "mode")
_NOT_IN_A_TABLE = {
    *("kind", "phases", "events", "attempts_told", "output", "log", "strangers"),
    # Both are zero in a valid trial.
    *("absent_s", "stack_replaced"),
}


def summary_csv(lineup: Lineup) -> str:
    """Return every measure of every row. `low` and `high` are the ends of its 95% interval, or empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for row in lineup.rows:
        for measure in MEASURES.values():
            sample = measure.sample(row)
            if sample.typical is not None:
                value = _figure(sample.typical)
                ends = (_figure(sample.interval.low), _figure(sample.interval.high)) if sample.interval else ("", "")
                about = (row.system.name, row.profile, measure.workload, measure.key)
                writer.writerow((*about, value, *ends, sample.n, measure.unit, row.system.mode))
    return text.getvalue()


def _figure(value: float) -> str:
    return f"{value:.6g}"


def trials_parquet(lineup: Lineup) -> bytes:
    """Return a Parquet file with one row per trial, valid or not: its record without events, and its phases."""
    import polars as pl

    trials = [trial for row in lineup.rows for trial in row.trials]
    fields = [name for name in TrialRecord.model_fields if name not in _NOT_IN_A_TABLE]
    # Read trial by trial. Field by field would walk gigabytes of memory once per field.
    rows = [attrgetter(*fields)(trial) for trial in trials]
    values: dict[str, list[Any]] = {name: [row[place] for row in rows] for place, name in enumerate(fields)}
    values["state"] = [None if state is None else str(state) for state in values["state"]]
    spans = [dict(trial.phases) if trial.phases else {} for trial in trials]
    values |= {name: [each.get(name) for each in spans] for name in Phases.model_fields}
    values["difference"] = [trial.output.difference for trial in trials]
    frame = pl.DataFrame(values, strict=False)
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def badge_json(lineup: Lineup) -> str:
    """Return the tool with the lowest overhead as a shields.io endpoint badge (a server if there is one)."""
    message = "no ranked system"
    for row in lineup.ordered:
        overhead_s = OVERHEAD.typical(row)
        if row.ranking and overhead_s is not None:
            message = f"lowest overhead: {row.label}, {in_seconds(overhead_s)}"
            break
    badge = {"schemaVersion": 1, "label": "orchbench", "message": message, "color": "blue"}
    return json.dumps(badge, ensure_ascii=False) + "\n"
