"""The output gate: whether a trial left exactly the golden rows in its warehouse and in its Parquet file.

What is compared is the canonical form: the CSV of all columns in key order, with UTC timestamps and nulls as
empty fields; `pipelines/reference/golden.json` has its hash for each partition. The canonical form of `delivery` is
month and rows of each, in the order in which they went out. This module knows nothing of
orchestrators, trials or isolations. A warehouse out of reach raises `psycopg.OperationalError`.
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
from harness.experiment.golden import ALL, Content, Golden, Output, Table, golden, parquet_name
from harness.isolation.databases import Access, make_anew
from harness.isolation.protocol import StackError
from harness.isolation.session import LOCK_LIMIT_S, STATEMENT_LIMIT_S, Connection, snapshot
from harness.measure.apart import KilledApart, beside
from harness.measure.parquet import Parquet, read_parquet

TABLES = ("flight", "route_month")
LEDGER = "delivery"
"""The table that a second export adds to, where it replaces the others."""
_NOTHING = Content(rows=0, sha256=hashlib.sha256().hexdigest())
"""A partition without rows."""
DUPLICATES_SHOWN = 3
_READER_LIMIT_S = 120.0
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "p": "a partitioned table"}
"""Of what has columns, by `pg_class.relkind`."""
_TABLE = "r"
_MOST_FILES = 100
_MOST_DELIVERIES, _MOST_MONTHS = 1000, 30
_LONGEST = 2000
"""Characters of a difference: names and values in it may be of any length."""
Check = tuple[Content | None, str]
"""What is there, `None` for nothing, and how it departs from what was expected; empty where it does not."""


def reset(access: Access, output: Path) -> None:
    """Make the whole server anew and empty the whole folder, so that no trial can pass on another's output.

    Raises `StackError` where the server is busy with something else.
    """
    try:
        make_anew(access)
    except LockNotAvailable as error:
        raise StackError(f"the warehouse could not be made anew: a lock was kept for {LOCK_LIMIT_S} s") from error
    except QueryCanceled as error:
        raise StackError(f"the warehouse could not be made anew in {STATEMENT_LIMIT_S} s") from error
    untrusted.make_empty(output, 0o777)


def verify(url: str, output: Path, month: str, trial: str | None = None) -> Output:
    """Compare the whole warehouse and the whole output folder with the golden partition `month`.

    It must have gone out once, under the name of `trial` if that is given. Raises `ValueError` for a month that the
    golden file lacks, and `KilledApart` where the harness's own reader of Parquet was killed.
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
    """Return how often a trial's data went out; raises `psycopg.OperationalError` where the warehouse is down."""
    with snapshot(url) as connection:
        if not _columns(connection, LEDGER):
            return 0
        query = sql.SQL("SELECT count(*) FROM ONLY {} WHERE trial = %s").format(_table(LEDGER))
        row = connection.execute(query, [trial]).fetchone()
    return int(str(row[0])) if row else 0


def _files(output: Path) -> tuple[dict[str, str], "dict[str, Check]"]:
    """Return what lies in the output folder and is none itself, with what it is; and what is odd of the folder."""
    try:
        found = untrusted.names_in(output, _MOST_FILES)
    except untrusted.OddFile as odd:
        return {}, {output.name: (Content(rows=0), str(odd).removeprefix(f"{output.name} "))}
    return {name: kind for name, kind in found.items() if kind != untrusted.FOLDER}, {}


def _tried(connection: Connection, check: Callable[[], Check]) -> Check:
    """Check a table; one that cannot be queried as the expected one differs, but a warehouse may not be gone."""
    try:
        with connection.transaction():
            return check()
    except LockNotAvailable:
        return Content(rows=0), f"the stack kept a lock on it for {LOCK_LIMIT_S} s"
    except QueryCanceled:
        return Content(rows=0), f"it could not be read in {STATEMENT_LIMIT_S} s"
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
    """Return what is wrong with a table before any row is looked at; `None` where that is nothing."""
    if not types:
        return None, "the table is missing"
    if (kind := _kind(connection, name)) != _TABLE:
        return Content(rows=0), f"it is {_KINDS.get(kind, 'something else')}, expected a table"
    if own := [column for column, data_type in types.items() if not data_type]:
        return Content(rows=_count(connection, name)), f"columns of types of its own: {', '.join(own)}"
    if list(types) != table.columns:
        return Content(rows=_count(connection, name)), _column_difference(list(types), table.columns)
    return None


def _check_parquet(expected: Golden, month: str, kind: str | None, read: Callable[[float], Parquet] | None) -> Check:
    if read is None:
        return (Content(rows=0), f"it is {kind}, expected a file") if kind else (None, "the file is missing")
    columns, wanted = expected.tables["flight"].columns, expected.partitions[month]["flight"]
    try:
        parquet = read(_READER_LIMIT_S)
    except KilledApart:
        raise
    except Failure as error:
        # Whatever polars makes of a file that is none, or a reader that died of it.
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
    """Return the columns of a table with their types; a type that is not PostgreSQL's own has no name.

    What would be done with a value of such a type is for the stack to say.
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
        return f"{there.rows:,} rows as expected, but other content"
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
