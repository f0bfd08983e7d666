"""Files for programs contain the same numbers as the table."""

import csv
import io
import json

import polars as pl
from samples import once, result, round_, trial

from harness.report.lineup import lineup_of
from harness.report.machine_readable import HEAD, badge_json, summary_csv, trials_parquet

RECORDS = [
    *once("floor"),
    *once("tool"),
    trial("floor", total_ms=2400),
    trial("tool", total_ms=4800),
    trial("tool", "noop", total_ms=3000),
    trial("tool", outcome="hung", total_ms=60_000),
    round_("floor"),
    round_("tool"),
]
EVERYONE = lineup_of(result("floor", "tool", records=RECORDS))


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(summary_csv(EVERYONE))))


def test_a_row_of_the_summary_names_system_measure_and_unit() -> None:
    assert tuple(rows()[0]) == HEAD
    (total,) = [row for row in rows() if row["system"] == "tool" and row["metric"] == "etl_total_s"]
    assert (total["profile"], total["workload"], total["n"], total["unit"]) == ("defaults", "etl", "1", "s")
    assert float(total["value"]) == 4.8
    assert (total["low"], total["high"]) == ("", "")


def test_metrics_are_named_once_for_each_system() -> None:
    keys = [(row["system"], row["profile"], row["metric"]) for row in rows()]
    assert len(keys) == len(set(keys)) > 20


def test_every_trial_is_in_the_parquet_file_whether_valid_or_not() -> None:
    frame = pl.read_parquet(io.BytesIO(trials_parquet(EVERYONE)))
    assert frame.height == 4
    assert sorted(frame["outcome"].to_list()) == ["hung", "valid", "valid", "valid"]
    assert frame.filter(pl.col("scenario") == "noop")["total_s"].to_list() == [3.0]
    assert "events" not in frame.columns


def test_without_trials_the_table_is_empty() -> None:
    empty = lineup_of(result("floor", records=[]))
    assert pl.read_parquet(io.BytesIO(trials_parquet(empty))).height == 0
    assert summary_csv(empty).count("\n") >= 1
    assert json.loads(badge_json(empty))["message"] == "no ranked system"


def test_the_badge_is_valid_for_shields() -> None:
    badge = json.loads(badge_json(EVERYONE))
    assert (badge["schemaVersion"], badge["label"]) == (1, "orchbench")
    assert badge["message"].startswith("lowest overhead: Tool defaults, ")
