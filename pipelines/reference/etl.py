"""The reference pipeline: from five CSV files to a fact table, its monthly aggregate and a Parquet file.

Functions depend only on their arguments. This module knows the data and PostgreSQL, but no orchestrator, trial or
environment variable. `docs/method/pipeline.md` describes the columns and how invalid data are treated.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl
import psycopg
from psycopg import sql

from reference import schema

ALL = "all"
KEY = ["time_hour", "carrier", "flight", "origin"]
CREDIBLE_WIND_MPH = 200  # one value is 1,048 mph
EXPORT_LOCK = 2013  # any number, as long as every export uses the same
ROWS_PER_WRITE = 50_000
CREATE_TABLES = Path(__file__).with_name("warehouse.sql").read_text()
REFRESH_ROUTE_MONTH = Path(__file__).with_name("route_month.sql").read_text()


class ExportSummary(NamedTuple):
    """The number of rows that one export wrote to each table."""

    flight_rows: int
    route_month_rows: int


def load(raw: Path, month: str = ALL) -> pl.DataFrame:
    """Read the flights of `month` ("2013-01", or "all") with their airline, plane, destination and weather.

    Every flight is kept, with nulls if a lookup table lacks it. Raises `ValueError` for a month that is malformed or
    has no flight.
    """
    if month != ALL and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(f"month: expected 'all' or a month such as '2013-01', got {month!r}")
    flights = _scan(raw / "flights.csv", schema.FLIGHTS)
    if month != ALL:
        year_number, month_number = map(int, month.split("-"))
        flights = flights.filter(pl.col("year") == year_number, pl.col("month") == month_number)
    date = pl.date("year", "month", "day")
    frame = (
        flights.with_columns(_time_hour(), date=date, month=date.dt.to_string("%Y-%m"))
        .drop("year", "day", "hour")
        .join(_airlines(raw), on="carrier", how="left", validate="m:1")
        .join(_planes(raw), on="tailnum", how="left", validate="m:1")
        .join(_destinations(raw), on="dest", how="left", validate="m:1")
        .join(_weather(raw), on=["origin", "time_hour"], how="left", validate="m:1")
        .collect()
    )
    if frame.is_empty():
        raise ValueError(f"month: there is no flight in {month!r}")
    return frame


def transform(frame: pl.DataFrame) -> pl.DataFrame:
    """Classify the flights, convert times to UTC and measurements to integers, and sort the rows by key."""
    zones = frame["dest_zone"].drop_nulls().unique().sort().to_list()
    hhmm = pl.col("sched_arr_time")
    sched_arr_local = pl.col("date").cast(pl.Datetime) + pl.duration(hours=hhmm // 100, minutes=hhmm % 100)
    return (
        frame.lazy()
        .with_columns(
            outcome=pl.when(pl.col("dep_time").is_null())
            .then(pl.lit("cancelled"))
            .when(pl.col("arr_delay").is_null())
            .then(pl.lit("diverted"))
            .otherwise(pl.lit("flown")),
            sched_dep=pl.col("time_hour") + pl.duration(minutes="minute"),
            same_day=_utc(sched_arr_local, zones),
            next_day=_utc(sched_arr_local.dt.offset_by("1d"), zones),
        )
        .with_columns(
            sched_arr=pl.when(pl.col("same_day") < pl.col("sched_dep")).then("next_day").otherwise("same_day")
        )
        .select(
            *KEY,
            "month",
            "dest",
            "outcome",
            "sched_dep",
            (pl.col("sched_dep") + pl.duration(minutes="dep_delay")).alias("dep"),
            "sched_arr",
            (pl.col("sched_arr") + pl.duration(minutes="arr_delay")).alias("arr"),
            pl.col("dep_delay").alias("dep_delay_min"),
            pl.col("arr_delay").alias("arr_delay_min"),
            pl.col("air_time").alias("air_time_min"),
            pl.col("distance").alias("distance_mi"),
            "airline",
            "tailnum",
            "plane_year",
            "plane_manufacturer",
            "plane_model",
            "plane_seats",
            "dest_name",
            "dest_zone",
            _scaled("temp", 100).alias("temp_hundredths_f"),
            _scaled("dewp", 100).alias("dew_point_hundredths_f"),
            _scaled("humid", 100).alias("humidity_hundredths_pct"),
            pl.col("wind_dir").alias("wind_direction_deg"),
            _scaled("wind_speed", 100).alias("wind_speed_hundredths_mph"),
            _scaled("wind_gust", 100).alias("wind_gust_hundredths_mph"),
            _scaled("precip", 100).alias("precip_hundredths_in"),
            _scaled("pressure", 10).alias("pressure_tenths_mb"),
            _scaled("visib", 100).alias("visibility_hundredths_mi"),
        )
        .sort(KEY)
        .collect()
    )


def _nothing(_point: str) -> None:
    """Do nothing at a point of the export."""


def export(
    frame: pl.DataFrame,
    trial: str,
    month: str,
    warehouse: str,
    output: Path,
    reached: Callable[[str], None] = _nothing,
) -> ExportSummary:
    """Replace the partition `month` in the warehouse, in one transaction, and its Parquet file in `output`.

    The Parquet file is written in full before the commit and renamed after it. An attempt that fails before the commit
    changes nothing, and the retry repairs an attempt that dies between the two. The session's lock makes exports wait
    for each other, from creating the tables to the rename.

    The same transaction adds a row to `delivery`, which no later run removes. The ledger shows which `trial` delivered
    a month, and how often. `reached` is called at two points: "copied", right before the commit, and "committed", once
    everything is in place but not yet reported. Raises `psycopg.Error`.
    """
    parquet, temporary = _files(output, month)
    with psycopg.connect(warehouse, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SET lock_timeout = '60s'")
        connection.execute("SELECT pg_advisory_lock(%s)", [EXPORT_LOCK])
        with connection.transaction():
            summary = _replace(connection, frame, trial, month, temporary)
            reached("copied")
        temporary.replace(parquet)
    reached("committed")
    return summary


@contextmanager
def exporting(
    frame: pl.DataFrame,
    trial: str,
    month: str,
    output: Path,
    reached: Callable[[str], None] = _nothing,
) -> Iterator[Callable[[psycopg.Connection], ExportSummary]]:
    """Yield a function that exports in a transaction of its caller, who commits it before the block ends.

    This is for tools that commit their own record with the data, and then never export again. So the Parquet file is in
    place before the commit, and the previous one is put back if the block raises. The transaction's lock makes exports
    wait for each other. `reached` is called at the same points as in `export`. The function raises `psycopg.Error`.
    """
    parquet, temporary = _files(output, month)
    former = parquet.with_suffix(".parquet.former.tmp")
    replaced = False

    def write(connection: psycopg.Connection) -> ExportSummary:
        nonlocal replaced
        connection.execute("SET LOCAL lock_timeout = '60s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [EXPORT_LOCK])
        summary = _replace(connection, frame, trial, month, temporary)
        reached("copied")
        former.unlink(missing_ok=True)
        if parquet.exists():
            former.hardlink_to(parquet)
        temporary.replace(parquet)
        replaced = True
        return summary

    try:
        yield write
    except BaseException:
        if replaced and former.exists():
            former.replace(parquet)
        elif replaced:
            parquet.unlink()
        raise
    former.unlink(missing_ok=True)
    reached("committed")


def _files(output: Path, month: str) -> tuple[Path, Path]:
    """Return the path of a partition's Parquet file, and the path where it is written first."""
    output.mkdir(parents=True, exist_ok=True)
    parquet = output / f"flight-{month}.parquet"
    return parquet, parquet.with_suffix(".parquet.tmp")


def _replace(
    connection: psycopg.Connection, frame: pl.DataFrame, trial: str, month: str, temporary: Path
) -> ExportSummary:
    """Replace a partition in the tables, write its Parquet file, and add the row of `delivery`."""
    connection.execute(CREATE_TABLES)
    _delete_partition(connection, month)
    _copy(connection, frame)
    route_months = connection.execute(REFRESH_ROUTE_MONTH, {"month": month}).rowcount
    _write_durably(frame, temporary)
    connection.execute("INSERT INTO delivery (trial, month, rows) VALUES (%s, %s, %s)", [trial, month, frame.height])
    return ExportSummary(frame.height, route_months)


def _scan(path: Path, columns: schema.Columns) -> pl.LazyFrame:
    return pl.scan_csv(path, schema=columns, null_values="NA")


def _time_hour() -> pl.Expr:
    return pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


def _airlines(raw: Path) -> pl.LazyFrame:
    return _scan(raw / "airlines.csv", schema.AIRLINES).select("carrier", airline="name")


def _planes(raw: Path) -> pl.LazyFrame:
    return _scan(raw / "planes.csv", schema.PLANES).select(
        "tailnum",
        plane_year="year",
        plane_manufacturer="manufacturer",
        plane_model="model",
        plane_seats="seats",
    )


def _destinations(raw: Path) -> pl.LazyFrame:
    return _scan(raw / "airports.csv", schema.AIRPORTS).select(dest="faa", dest_name="name", dest_zone="tzone")


def _weather(raw: Path) -> pl.LazyFrame:
    wind_speed = pl.col("wind_speed")
    return (
        _scan(raw / "weather.csv", schema.WEATHER)
        .drop("year", "month", "day", "hour")
        .with_columns(_time_hour(), wind_speed=pl.when(wind_speed <= CREDIBLE_WIND_MPH).then(wind_speed))
    )


def _utc(local: pl.Expr, zones: list[str]) -> pl.Expr:
    # Polars has one zone for a whole column, so each zone converts its own rows.
    unknown = pl.lit(None, pl.Datetime("us", "UTC"))
    return pl.coalesce(
        *(
            pl.when(pl.col("dest_zone") == zone).then(local).dt.replace_time_zone(zone).dt.convert_time_zone("UTC")
            for zone in zones
        ),
        unknown,
    )


def _scaled(column: str, factor: int) -> pl.Expr:
    return (pl.col(column) * factor).round().cast(pl.Int32)


def _delete_partition(connection: psycopg.Connection, month: str) -> None:
    if month == ALL:
        connection.execute("TRUNCATE flight, route_month")
    else:
        connection.execute("DELETE FROM flight WHERE month = %s", [month])
        connection.execute("DELETE FROM route_month WHERE month = %s", [month])


def _copy(connection: psycopg.Connection, frame: pl.DataFrame) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    statement = sql.SQL("COPY flight ({}) FROM STDIN (FORMAT csv)").format(columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for rows in frame.iter_slices(ROWS_PER_WRITE):
            copy.write(rows.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00"))


def _write_durably(frame: pl.DataFrame, path: Path) -> None:
    with path.open("wb") as file:
        frame.write_parquet(file)
        file.flush()
        os.fsync(file.fileno())
