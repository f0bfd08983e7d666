"""The output gate: whether a trial left exactly the golden rows in its warehouse and in its Parquet file.

It compares the canonical form: the CSV of all columns in key order, with UTC timestamps and nulls as empty fields.
`pipelines/reference/golden.json` has its hash for each partition. The canonical form of `delivery` is month and rows of
each delivery, in order. This module knows no orchestrators, trials or isolations. An unreachable warehouse raises
`psycopg.OperationalError`.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable, QueryCanceled

from harness import untrusted
from harness.errors import Failure
from harness.experiment.golden import ALL, Content, Golden, Output, Table, parquet_name
from harness.isolation.databases import LOCK_LIMIT_S, STATEMENT_LIMIT_S, Access, Connection, reset_server, snapshot
from harness.isolation.protocol import StackError
from harness.measure.golden_file import golden
from harness.measure.parquet import Parquet, read_parquet
from harness.measure.subprocesses import SubprocessKilled, beside

TABLES = ("flight", "route_month")
LEDGER = "delivery"
"""The table to which a second export adds a row. It replaces the other tables."""
_NOTHING = Content(rows=0, sha256=hashlib.sha256().hexdigest())
"""A partition without rows."""
DUPLICATES_SHOWN = 3
_READER_LIMIT_S = 120.0
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "p": "a partitioned table"}
"""Kinds of relations with columns, by `pg_class.relkind`."""
_TABLE = "r"
_MOST_FILES = 100
_MOST_DELIVERIES, _MOST_MONTHS = 1000, 30
_LONGEST = 2000
"""The maximum number of characters of a difference, because names and values can have any length."""
Check = tuple[Content | None, str]
"""The content, or `None`, and how it differs from the expected content. Empty if it does not."""


def reset(access: Access, output: Path) -> None:
    """Recreate the databases and empty the folder, so that no trial can pass because of another's output.

    Raises `StackError` if the server is busy.
    """
    try:
        reset_server(access)
    except LockNotAvailable as error:
        raise StackError(f"cannot reset the warehouse: a lock was held for {LOCK_LIMIT_S} s") from error
    except QueryCanceled as error:
        raise StackError(f"cannot reset the warehouse within {STATEMENT_LIMIT_S} s") from error
    untrusted.make_empty(output, 0o777)


def verify(url: str, output: Path, month: str, trial: str | None = None) -> Output:
    """Compare the whole warehouse and the whole output folder with the golden partition `month`.

    The data must have been delivered once, under the name of `trial` if given. Raises `ValueError` for a month that the
    golden file lacks, and `SubprocessKilled` if the harness's Parquet reader was killed.
    """
    expected = golden()
    if month not in expected.partitions:
        raise ValueError(f"month: expected one of {', '.join(expected.partitions)}, got {month!r}")
    name, key = parquet_name(month), expected.tables["flight"].key
    found, odd = _files(output)
    reader: AbstractContextManager[Callable[[float], Parquet] | None] = nullcontext()
    if found.get(name) == untrusted.FILE:
        reader = beside(partial(read_parquet, output / name, key))
    with reader as read:
        with snapshot(url) as connection:
            tables = {
                name: _tried(connection, partial(_check_table, connection, expected, name, month)) for name in TABLES
            }
            tables[LEDGER] = _tried(connection, partial(_check_ledger, connection, expected, month, trial))
        files = {
            **odd,
            **{each: (Content(rows=0), "expected no such file") for each in found if each != name},
            name: _check_parquet(expected, month, found.get(name), read),
        }
    return _output(tables, files)


def verify_untouched(url: str, output: Path) -> Output:
    """Check that nothing was exported since `reset`: no table, no file."""
    with snapshot(url) as connection:
        known = (*TABLES, LEDGER)
        tables = {name: _tried(connection, partial(_no_table, connection, name)) for name in known}
    found, odd = _files(output)
    unexpected: dict[str, Check] = {name: (Content(rows=0), "exists, expected no file") for name in found}
    return _output(tables, {**unexpected, **odd})


def _output(tables: dict[str, Check], files: dict[str, Check]) -> Output:
    return Output(
        tables={name: content for name, (content, _) in tables.items() if content is not None},
        files={name: content for name, (content, _) in files.items() if content is not None},
        difference=_words(f"{name}: {words}" for name, (_, words) in {**tables, **files}.items() if words),
    )


def delivered(url: str, trial: str) -> int:
    """Return how often a trial's data were delivered. Raises `psycopg.OperationalError` if the warehouse is down."""
    with snapshot(url) as connection:
        if not _columns(connection, LEDGER):
            return 0
        query = sql.SQL("SELECT count(*) FROM ONLY {} WHERE trial = %s").format(_table(LEDGER))
        row = connection.execute(query, [trial]).fetchone()
    return int(str(row[0])) if row else 0


def _files(output: Path) -> tuple[dict[str, str], "dict[str, Check]"]:
    """Return the files in the output folder with their kinds, and faults of the folder itself."""
    try:
        found = untrusted.names_in(output, _MOST_FILES)
    except untrusted.OddFile as odd:
        return {}, {output.name: (Content(rows=0), str(odd).removeprefix(f"{output.name} "))}
    return {name: kind for name, kind in found.items() if kind != untrusted.FOLDER}, {}


def _tried(connection: Connection, check: Callable[[], Check]) -> Check:
    """Check a table. A table that cannot be queried differs, but an unreachable warehouse raises."""
    try:
        with connection.transaction():
            return check()
    except LockNotAvailable:
        return Content(rows=0), f"the stack held a lock on it for {LOCK_LIMIT_S} s"
    except QueryCanceled:
        return Content(rows=0), f"could not be read within {STATEMENT_LIMIT_S} s"
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        return Content(rows=0), f"cannot be read: {str(error).splitlines()[0]}"


def _no_table(connection: Connection, name: str) -> Check:
    if not _columns(connection, name):
        return None, ""
    content = Content(rows=_count(connection, name))
    return content, f"exists with {content.rows:,} rows, expected no table"


def _check_table(connection: Connection, expected: Golden, name: str, month: str) -> Check:
    table, wanted = expected.tables[name], expected.partitions[month][name]
    types = _columns(connection, name)
    if misshapen := _misshapen(connection, name, types, table):
        return misshapen
    order = sql.SQL(", ").join(_sort_key(column, types[column]) for column in table.key)
    content = _content(connection, name, order, ALL)
    if content == wanted:
        return content, ""
    differences = [_difference(content, wanted)]
    differences += _duplicates(connection, name, table.key)
    for each in sorted((_months(connection, name) | expected.partitions.keys()) - {ALL, month}):
        of_month = expected.partitions[each][name] if month in (ALL, each) else _NOTHING
        there = _content(connection, name, order, each)
        if there != of_month:
            differences.append(f"{each}: {_difference(there, of_month)}")
    return content, ", ".join(differences)


def _check_ledger(connection: Connection, expected: Golden, month: str, trial: str | None) -> Check:
    types = _columns(connection, LEDGER)
    if misshapen := _misshapen(connection, LEDGER, types, expected.tables[LEDGER]):
        return misshapen
    if (count := _count(connection, LEDGER)) > _MOST_DELIVERIES:
        return Content(rows=count), _difference(Content(rows=count), expected.partitions[month][LEDGER])
    order = sql.SQL("SELECT trial, month, rows FROM ONLY {} ORDER BY delivered_at").format(_table(LEDGER))
    rows = connection.execute(order).fetchall()
    canonical = "".join(f"{its_month},{count}\n" for _, its_month, count in rows).encode()
    content = Content(rows=len(rows), sha256=hashlib.sha256(canonical).hexdigest())
    wanted = expected.partitions[month][LEDGER]
    if strangers := sorted({str(whose) for whose, _, _ in rows} - {trial} if trial else ()):
        return Content(rows=len(rows)), f"rows of {', '.join(strangers)}"
    return content, "" if content == wanted else _difference(content, wanted)


def _misshapen(connection: Connection, name: str, types: dict[str, str], table: Table) -> Check | None:
    """Return a fault of a table's structure, or `None`."""
    if not types:
        return None, "the table is missing"
    if (kind := _kind(connection, name)) != _TABLE:
        return Content(rows=0), f"it is {_KINDS.get(kind, 'something else')}, expected a table"
    if own := [column for column, data_type in types.items() if not data_type]:
        return Content(rows=_count(connection, name)), f"columns with user-defined types: {', '.join(own)}"
    if list(types) != table.columns:
        return Content(rows=_count(connection, name)), _column_difference(list(types), table.columns)
    return None


def _check_parquet(expected: Golden, month: str, kind: str | None, read: Callable[[float], Parquet] | None) -> Check:
    if read is None:
        return (Content(rows=0), f"it is {kind}, expected a file") if kind else (None, "the file is missing")
    columns, wanted = expected.tables["flight"].columns, expected.partitions[month]["flight"]
    try:
        parquet = read(_READER_LIMIT_S)
    except SubprocessKilled:
        raise
    except Failure as error:
        # polars can raise anything for an invalid file, or the reader crashed.
        return Content(rows=0), f"cannot be read: {str(error)[-300:]}"
    if parquet.columns != columns:
        return Content(rows=parquet.rows), _column_difference(parquet.columns, columns)
    content = Content(rows=parquet.rows, sha256=parquet.sha256)
    return content, "" if content == wanted else _difference(content, wanted)


def _kind(connection: Connection, name: str) -> str:
    query = "SELECT relkind FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relname = %s"
    row = connection.execute(query, [name]).fetchone()
    return str(row[0]) if row else ""


def _columns(connection: Connection, name: str) -> dict[str, str]:
    """Return the columns of a table with their types. A type that is not built into PostgreSQL has no name.

    The stack controls what happens with values of such types, so they are not read.
    """
    query = """
        SELECT attname, CASE WHEN typnamespace = 'pg_catalog'::regnamespace THEN typname ELSE '' END
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_type ON pg_type.oid = atttypid
        WHERE relnamespace = to_regnamespace('public') AND relname = %s AND attnum > 0 ORDER BY attnum
    """
    return {str(column): str(data_type) for column, data_type in connection.execute(query, [name])}


def _table(name: str) -> sql.Composable:
    return sql.Identifier("public", name)


def _sort_key(column: str, data_type: str) -> sql.Composable:
    # The canonical order is by bytes, whatever the warehouse's collation.
    collation = sql.SQL(' COLLATE "C"' if data_type == "text" else "")
    return sql.Identifier(column) + collation


def _count(connection: Connection, name: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM ONLY {}").format(_table(name))).fetchone()
    assert row is not None, "count(*) always has a row"
    return int(str(row[0]))


def _content(connection: Connection, name: str, order: sql.Composable, month: str) -> Content:
    statement = sql.SQL(
        "COPY (SELECT * FROM ONLY {} WHERE {} IN ('all', month) ORDER BY {}) TO STDOUT (FORMAT csv)"
    ).format(_table(name), sql.Literal(month), order)
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                digest.update(block)
        return Content(rows=cursor.rowcount, sha256=digest.hexdigest())


def _words(differences: Iterable[str]) -> str:
    words = "; ".join(differences)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]} …"


def _difference(there: Content, expected: Content) -> str:
    if there.rows == expected.rows:
        return f"{there.rows:,} rows as expected, but different content"
    return f"{there.rows:,} rows, expected {expected.rows:,}"


def _column_difference(there: list[str], expected: list[str]) -> str:
    return f"columns ({', '.join(there)}), expected ({', '.join(expected)})"


def _duplicates(connection: Connection, name: str, key: list[str]) -> list[str]:
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    statement = sql.SQL(
        "SELECT concat_ws(' ', {}), count(*) OVER () FROM ONLY {} GROUP BY {} HAVING count(*) > 1 LIMIT {}"
    ).format(columns, _table(name), columns, sql.Literal(DUPLICATES_SHOWN))
    doubled = connection.execute(statement).fetchall()
    if not doubled:
        return []
    return [f"duplicate keys: {doubled[0][1]:,} ({', '.join(str(key) for key, _ in doubled)})"]


def _months(connection: Connection, name: str) -> set[str]:
    statement = sql.SQL("SELECT DISTINCT month FROM ONLY {} LIMIT {}").format(_table(name), sql.Literal(_MOST_MONTHS))
    return {str(month) for (month,) in connection.execute(statement)}
