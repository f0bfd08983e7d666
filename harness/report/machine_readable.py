"""Writes output for programs: every number as CSV, every trial as Parquet, and a badge."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from harness.experiment.timeline import Phases
from harness.report.column import Column
from harness.report.format import short
from harness.report.headline import ORDER, headline
from harness.report.measures import MEASURES, WORKLOADS
from harness.report.ranking import EMULATOR, label
from harness.results.records import TrialRecord

SUMMARY, TRIALS, BADGE = "summary.csv", "trials.parquet", "badge.json"
HEAD = ("system", "profile", "workload", "metric", "value", "low", "high", "n", "unit", "mode")
_NOT_IN_A_TABLE = {
    *("kind", "phases", "events", "attempts_told", "output", "log", "strangers"),
    # Both are zero in a trial that counts.
    *("absent_s", "stack_replaced"),
}


def summary_csv(everyone: Sequence[Column]) -> str:
    """Return every measure of every system. `low` and `high` are the ends of its 95% interval, or empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(_rows(everyone))
    return text.getvalue()


def _rows(everyone: Sequence[Column]) -> Iterator[tuple[object, ...]]:
    for column in everyone:
        for measure in MEASURES.values():
            sample = measure.sample(column)
            if sample.typical is None:
                continue
            workload = next((name for name in WORKLOADS if measure.key.startswith(f"{name}_")), "")
            ends = (_figure(sample.interval.low), _figure(sample.interval.high)) if sample.interval else ("", "")
            value = _figure(sample.typical)
            about = (measure.unit, column.system.mode)
            yield (column.system.name, column.profile, workload, measure.key, value, *ends, sample.n, *about)


def _figure(value: float) -> str:
    return f"{value:.6g}"


def trials_parquet(everyone: Sequence[Column]) -> bytes:
    """Return a Parquet file with one row per trial, valid or not: its record without events, and its phases."""
    import polars as pl

    trials = [trial for column in everyone for trial in column.trials]
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


def badge_json(everyone: Sequence[Column]) -> str:
    """Return the system with the lowest overhead as a shields.io endpoint badge (a server if there is one)."""
    tools = [line.column for line in headline(everyone) if not line.column.system.baseline]
    ranked = (column for column in tools if column.system.mode != EMULATOR)
    first = next((column for column in ranked if ORDER.sample(column).n), None)
    typical = ORDER.sample(first).typical if first else None
    message = (
        f"lowest overhead: {label(first, everyone)}, {short(typical, 's')}"
        if first and typical is not None
        else "no ranked system"
    )
    badge = {"schemaVersion": 1, "label": "orchbench", "message": message, "color": "blue"}
    return json.dumps(badge, ensure_ascii=False) + "\n"
