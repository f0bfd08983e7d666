"""An independent definition of the reference pipeline's output: DuckDB SQL on the CSV files.

It shares no code with `pipelines/reference/etl.py`, so a mistake in one shows as a difference. As a command it prints
the golden file, the expected output for validation:

    python tests/oracle.py .cache/landing > pipelines/reference/golden.json
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

FLIGHT = """
CREATE TABLE flight AS
WITH joined AS (
    SELECT
        f.*,
        f.time_hour + to_minutes(f.minute) AS sched_dep,
        make_date(f.year, f.month, f.day)::TIMESTAMP
            + to_minutes(f.sched_arr_time // 100 * 60 + f.sched_arr_time % 100) AS clock_arr,
        a.name AS airline,
        p.year AS plane_year,
        p.manufacturer AS plane_manufacturer,
        p.model AS plane_model,
        p.seats AS plane_seats,
        d.name AS dest_name,
        d.tzone AS dest_zone,
        w.* EXCLUDE (origin, year, month, day, hour, time_hour)
    FROM read_csv('{landing}/flights.csv', nullstr = 'NA', sample_size = -1) AS f
    LEFT JOIN read_csv('{landing}/airlines.csv', nullstr = 'NA') AS a ON a.carrier = f.carrier
    LEFT JOIN read_csv('{landing}/planes.csv', nullstr = 'NA', sample_size = -1) AS p ON p.tailnum = f.tailnum
    LEFT JOIN read_csv('{landing}/airports.csv', nullstr = 'NA', sample_size = -1) AS d ON d.faa = f.dest
    LEFT JOIN read_csv('{landing}/weather.csv', nullstr = 'NA', sample_size = -1) AS w
        ON w.origin = f.origin AND w.time_hour = f.time_hour
),
scheduled AS (
    SELECT
        *,
        CASE
            WHEN timezone(dest_zone, clock_arr) >= sched_dep THEN timezone(dest_zone, clock_arr)
            ELSE timezone(dest_zone, clock_arr + INTERVAL 1 DAY)
        END AS sched_arr
    FROM joined
)
SELECT
    time_hour,
    carrier,
    flight,
    origin,
    strftime(make_date(year, month, day), '%Y-%m') AS month,
    dest,
    CASE
        WHEN dep_time IS NULL THEN 'cancelled'
        WHEN arr_delay IS NULL THEN 'diverted'
        ELSE 'flown'
    END AS outcome,
    sched_dep,
    sched_dep + to_minutes(dep_delay) AS dep,
    sched_arr,
    sched_arr + to_minutes(arr_delay) AS arr,
    dep_delay AS dep_delay_min,
    arr_delay AS arr_delay_min,
    air_time AS air_time_min,
    distance AS distance_mi,
    airline,
    tailnum,
    plane_year,
    plane_manufacturer,
    plane_model,
    plane_seats,
    dest_name,
    dest_zone,
    round(temp * 100)::INTEGER AS temp_hundredths_f,
    round(dewp * 100)::INTEGER AS dew_point_hundredths_f,
    round(humid * 100)::INTEGER AS humidity_hundredths_pct,
    wind_dir AS wind_direction_deg,
    CASE WHEN wind_speed <= 200 THEN round(wind_speed * 100)::INTEGER END AS wind_speed_hundredths_mph,
    round(wind_gust * 100)::INTEGER AS wind_gust_hundredths_mph,
    round(precip * 100)::INTEGER AS precip_hundredths_in,
    round(pressure * 10)::INTEGER AS pressure_tenths_mb,
    round(visib * 100)::INTEGER AS visibility_hundredths_mi
FROM scheduled
"""

ROUTE_MONTH = """
CREATE TABLE route_month AS
SELECT
    carrier,
    month,
    origin,
    dest,
    count(*) AS flights,
    count(*) FILTER (outcome = 'cancelled') AS cancelled,
    count(*) FILTER (outcome = 'diverted') AS diverted,
    coalesce(sum(dep_delay_min), 0) AS dep_delay_min_sum,
    coalesce(sum(arr_delay_min), 0) AS arr_delay_min_sum,
    coalesce(sum(air_time_min), 0) AS air_time_min_sum,
    sum(distance_mi) AS distance_mi_sum
FROM flight
GROUP BY ALL
"""

KEYS = {
    "flight": ["time_hour", "carrier", "flight", "origin"],
    "route_month": ["carrier", "month", "origin", "dest"],
}


def golden(landing: Path) -> dict[str, Any]:
    """Return keys and columns of both tables, and the row counts and canonical hashes of each partition."""
    database = build(landing)
    months = [month for (month,) in database.execute("SELECT DISTINCT month FROM flight ORDER BY 1").fetchall()]
    return {
        "tables": {
            **{table: {"key": key, "columns": _columns(database, table)} for table, key in KEYS.items()},
            "delivery": {"key": ["trial"], "columns": ["trial", "month", "rows", "delivered_at"]},
        },
        "partitions": {
            partition: {
                **{table: _content(database, table, partition) for table in KEYS},
                "delivery": _delivered(database, partition),
            }
            for partition in ["all", *months]
        },
    }


def build(landing: Path) -> duckdb.DuckDBPyConnection:
    """Return an in-memory database with the year's `flight` and `route_month`."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(FLIGHT.format(landing=landing))
    database.execute(ROUTE_MONTH)
    return database


def _columns(database: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [name for (name, *_) in database.execute(f"DESCRIBE {table}").fetchall()]


def _content(database: duckdb.DuckDBPyConnection, table: str, partition: str) -> dict[str, Any]:
    rows = f"FROM {table} WHERE '{partition}' IN ('all', month)"
    count = database.execute(f"SELECT count(*) {rows}").fetchall()[0][0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{table}.csv")
        ordered = f"SELECT * {rows} ORDER BY {', '.join(KEYS[table])}"
        database.execute(f"COPY ({ordered}) TO '{file}' (FORMAT csv, HEADER false, NULLSTR '')")
        return {"rows": count, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def _delivered(database: duckdb.DuckDBPyConnection, partition: str) -> dict[str, Any]:
    """Return the row that one export adds to the ledger. Its canonical form is month and rows."""
    count = database.execute(f"SELECT count(*) FROM flight WHERE '{partition}' IN ('all', month)").fetchall()[0][0]
    return {"rows": 1, "sha256": hashlib.sha256(f"{partition},{count}\n".encode()).hexdigest()}


if __name__ == "__main__":
    print(json.dumps(golden(Path(sys.argv[1])), indent=2))
