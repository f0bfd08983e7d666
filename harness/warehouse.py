"""The output gate: whether a trial left exactly the golden rows in its warehouse and in its Parquet file.

What is compared is the canonical form: the CSV of all columns in key order, with UTC timestamps and nulls as
empty fields; `pipelines/reference/golden.json` has its hash for each partition. This module knows the tables
by name, and nothing of orchestrators, trials or Docker. A warehouse out of reach raises `psycopg.Error`.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import BaseModel

from harness.orchestrator import PIPELINES, REPOSITORY

GOLDEN = PIPELINES / "reference" / "golden.json"
TABLES = ("flight", "route_month")
ALL = "all"
DUPLICATES_SHOWN = 3

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Verdict:
    """What the gate found; `difference` says in words how it departs from what was expected."""

    valid: bool
    difference: str
    flight_rows: int = 0
    flight_sha256: str = ""
    route_month_rows: int = 0
    route_month_sha256: str = ""
    parquet_rows: int = 0
    parquet_sha256: str = ""


class Content(BaseModel, frozen=True):
    """The size and the hash of a table's canonical form."""

    rows: int = 0
    sha256: str = hashlib.sha256().hexdigest()


class Table(BaseModel, frozen=True):
    """The columns of a table, in order, and those that identify a row."""

    key: list[str]
    columns: list[str]


class Golden(BaseModel, frozen=True):
    """The golden file."""

    tables: dict[str, Table]
    partitions: dict[str, dict[str, Content]]


def reset(url: str, output: Path) -> None:
    """Remove all that a trial may have left, so that the next one cannot pass on another's output."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        connection.execute("SET LOCAL lock_timeout = '30s'")
        connection.execute("DROP TABLE IF EXISTS flight, route_month")
    for path in _files(output):
        path.unlink()


def verify(url: str, output: Path, month: str) -> Verdict:
    """Compare the whole warehouse and the whole output folder with the golden partition `month`.

    Raises `ValueError` for a month that the golden file lacks.
    """
    golden = Golden.model_validate_json(GOLDEN.read_text())
    if month not in golden.partitions:
        raise ValueError(f"month: expected one of {', '.join(golden.partitions)}, got {month!r}")
    with ThreadPoolExecutor() as beside:
        files = beside.submit(_check_files, output, golden, month)
        with _snapshot(url) as connection:
            flight, flight_differences = _check_table(connection, golden, "flight", month)
            route_month, route_month_differences = _check_table(connection, golden, "route_month", month)
        parquet, parquet_differences = files.result()
    differences = [*flight_differences, *route_month_differences, *parquet_differences]
    return Verdict(
        valid=not differences,
        difference="; ".join(differences),
        flight_rows=flight.rows,
        flight_sha256=flight.sha256,
        route_month_rows=route_month.rows,
        route_month_sha256=route_month.sha256,
        parquet_rows=parquet.rows,
        parquet_sha256=parquet.sha256,
    )


def verify_untouched(url: str, output: Path) -> Verdict:
    """Check that nothing was exported since `reset`: no table, no file."""
    with _snapshot(url) as connection:
        found = {table: _count(connection, table) for table in TABLES if _columns(connection, table)}
    differences = [f"{table}: exists with {rows:,} rows, expected no table" for table, rows in found.items()]
    differences += [f"{path.name}: exists, expected no file" for path in _files(output)]
    return Verdict(
        valid=not differences,
        difference="; ".join(differences),
        flight_rows=found.get("flight", 0),
        route_month_rows=found.get("route_month", 0),
    )


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    # One snapshot for all queries: an export that is still under way cannot show half of itself.
    with psycopg.connect(url, connect_timeout=10) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        yield connection


def _files(output: Path) -> list[Path]:
    return sorted(path for path in output.glob("*") if path.is_file())


def _check_table(connection: Connection, golden: Golden, name: str, month: str) -> tuple[Content, list[str]]:
    table, expected = golden.tables[name], golden.partitions[month][name]
    types = _columns(connection, name)
    if not types:
        return Content(), [f"{name}: the table is missing"]
    if list(types) != table.columns:
        difference = _column_difference(list(types), table.columns)
        return Content(rows=_count(connection, name)), [f"{name}: {difference}"]
    order = sql.SQL(", ").join(_sort_key(column, types[column]) for column in table.key)
    content = _content(connection, name, order, ALL)
    if content == expected:
        return content, []
    findings = [_difference(content, expected)]
    findings += _duplicates(connection, name, table.key)
    for each in sorted((_months(connection, name) | golden.partitions.keys()) - {ALL, month}):
        wanted = golden.partitions[each][name] if month in (ALL, each) else Content()
        found = _content(connection, name, order, each)
        if found != wanted:
            findings.append(f"{each}: {_difference(found, wanted)}")
    return content, [f"{name}: {', '.join(findings)}"]


def _check_files(output: Path, golden: Golden, month: str) -> tuple[Content, list[str]]:
    path = output / f"flight-{month}.parquet"
    differences = [f"{file.name}: expected no such file" for file in _files(output) if file != path]
    if not path.is_file():
        return Content(), [*differences, f"{path.name}: the file is missing"]
    table, expected = golden.tables["flight"], golden.partitions[month]["flight"]
    command = [sys.executable, "-m", "harness.parquet", str(path.absolute()), *table.key]
    reading = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if reading.returncode != 0:
        return Content(), [*differences, f"{path.name}: cannot be read: {reading.stderr.strip()[-300:]}"]
    parquet = json.loads(reading.stdout)
    content = Content(rows=parquet["rows"], sha256=parquet["sha256"])
    if parquet["columns"] != table.columns:
        differences.append(f"{path.name}: {_column_difference(parquet['columns'], table.columns)}")
    elif content != expected:
        differences.append(f"{path.name}: {_difference(content, expected)}")
    return content, differences


def _columns(connection: Connection, name: str) -> dict[str, str]:
    query = (
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position"
    )
    return {str(column): str(data_type) for column, data_type in connection.execute(query, [name])}


def _sort_key(column: str, data_type: str) -> sql.Composable:
    # The canonical order is by bytes, whatever the warehouse's collation.
    collation = sql.SQL(' COLLATE "C"' if data_type == "text" else "")
    return sql.Identifier(column) + collation


def _count(connection: Connection, name: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
    assert row is not None, "count(*) always has a row"
    return int(str(row[0]))


def _content(connection: Connection, name: str, order: sql.Composable, month: str) -> Content:
    statement = sql.SQL("COPY (SELECT * FROM {} WHERE {} IN ('all', month) ORDER BY {}) TO STDOUT (FORMAT csv)").format(
        sql.Identifier(name), sql.Literal(month), order
    )
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                digest.update(block)
        return Content(rows=cursor.rowcount, sha256=digest.hexdigest())


def _difference(found: Content, expected: Content) -> str:
    if found.rows == expected.rows:
        return f"{found.rows:,} rows as expected, but other content"
    return f"{found.rows:,} rows, expected {expected.rows:,}"


def _column_difference(found: list[str], expected: list[str]) -> str:
    return f"columns ({', '.join(found)}), expected ({', '.join(expected)})"


def _duplicates(connection: Connection, name: str, key: list[str]) -> list[str]:
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    statement = sql.SQL(
        "SELECT concat_ws(' ', {}), count(*) OVER () FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT {}"
    ).format(columns, sql.Identifier(name), columns, sql.Literal(DUPLICATES_SHOWN))
    found = connection.execute(statement).fetchall()
    if not found:
        return []
    return [f"duplicate keys: {found[0][1]:,} ({', '.join(str(key) for key, _ in found)})"]


def _months(connection: Connection, name: str) -> set[str]:
    statement = sql.SQL("SELECT DISTINCT month FROM {}").format(sql.Identifier(name))
    return {str(month) for (month,) in connection.execute(statement)}
