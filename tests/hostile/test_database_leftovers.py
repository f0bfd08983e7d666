"""Leftovers of a stack in its database server are gone after the next reset, and do not mislead the verification."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql

from harness.isolation.databases import OWN_ROLE, STACKS_ROLE, Access
from harness.measure import warehouse
from reference import etl

pytestmark = pytest.mark.first_in("process")

JANUARY = "2013-01"
Rows = list[tuple[object, ...]]
Do = Callable[..., None]


@pytest.fixture
def exported(access: Access, january: pl.DataFrame, output: Path) -> Path:
    etl.export(january, "t1", JANUARY, access.url, output)
    return output


def do(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


def ask(url: str, query: str) -> Rows:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.SQL(query)).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DATABASE other",
        "CREATE ROLE other",
        "ALTER SYSTEM SET fsync = off",
        f"ALTER ROLE {OWN_ROLE} SET search_path = evil",
        f"SET ROLE {OWN_ROLE}",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "CREATE SCHEMA evil; SET allow_system_table_mods = on",
    ],
)
def test_the_stacks_user_is_not_a_superuser(access: Access, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        do(access.url, statement)


def test_it_owns_its_database(access: Access, exported: Path) -> None:
    powers = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert ask(access.url, powers) == [(False, False, False)]
    do(access.url, "CREATE SCHEMA more", "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA more")
    assert warehouse.verify(access.own_url, exported, JANUARY, "t1").difference == ""


def test_a_reset_removes_everything_from_the_server(access: Access, exported: Path) -> None:
    """As left by a stack that became superuser nevertheless."""
    do(
        access.own_url.replace("options=", "application_name=x&options="),
        "CREATE ROLE other LOGIN",
        "CREATE DATABASE other OWNER other",
        "CREATE DATABASE sample IS_TEMPLATE true",
        "CREATE SCHEMA theirs AUTHORIZATION other",
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET search_path = evil",
        "ALTER ROLE ALL SET search_path = evil",
        f"ALTER ROLE {OWN_ROLE} SET search_path = evil",
        f"ALTER ROLE {OWN_ROLE} IN DATABASE postgres SET search_path = evil",
        f"ALTER ROLE {STACKS_ROLE} SUPERUSER",
        f"ALTER ROLE {STACKS_ROLE} SET search_path = evil",
        "ALTER DATABASE warehouse SET search_path = evil",
        "ALTER DATABASE postgres SET search_path = evil",
        "SELECT lo_create(0)",
        "SELECT pg_reload_conf()",
    )
    warehouse.reset(access, exported)
    own = access.own_url
    assert ask(own, "SELECT datname FROM pg_database ORDER BY 1") == [
        ("postgres",),
        ("template0",),
        ("template1",),
        ("warehouse",),
    ]
    assert ask(own, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1") == [(OWN_ROLE,), (STACKS_ROLE,)]
    assert ask(own, "SELECT * FROM pg_db_role_setting") == []
    assert ask(own, "SELECT * FROM pg_largeobject_metadata") == []
    assert ask(own, "SELECT name FROM pg_file_settings WHERE sourcefile ~ 'auto.conf'") == []
    assert ask(access.url, "SHOW search_path") == [('"$user", public',)]
    assert ask(access.url, "SHOW fsync") == [("on",)]
    assert ask(access.url, "SHOW is_superuser") == [("off",)]


def test_a_reset_undoes_an_owners_changes(access: Access, january: pl.DataFrame, exported: Path) -> None:
    do(
        access.url,
        f"ALTER ROLE {STACKS_ROLE} SET search_path = evil",
        f"ALTER ROLE {STACKS_ROLE} PASSWORD 'another'",
        "ALTER DATABASE warehouse SET default_transaction_read_only = on",
        "ALTER DATABASE warehouse CONNECTION LIMIT 0",
        "REVOKE ALL ON DATABASE warehouse FROM PUBLIC",
        "SELECT lo_create(0)",
        "ALTER SCHEMA public RENAME TO hidden",
    )
    with pytest.raises(psycopg.OperationalError):
        do(access.url, "SELECT 1")
    warehouse.reset(access, exported)
    etl.export(january, "t1", JANUARY, access.url, exported)
    assert warehouse.verify(access.own_url, exported, JANUARY, "t1").difference == ""


def test_a_reset_recreates_a_dropped_database(access: Access, january: pl.DataFrame, exported: Path) -> None:
    do(access.url.replace("/warehouse", "/postgres"), "DROP DATABASE warehouse WITH (FORCE)")
    warehouse.reset(access, exported)
    etl.export(january, "t1", JANUARY, access.url, exported)
    assert warehouse.verify(access.own_url, exported, JANUARY, "t1").difference == ""


def test_a_reset_does_not_wait_for_open_sessions(access: Access, exported: Path) -> None:
    with psycopg.connect(access.url) as left:
        left.execute("LOCK TABLE flight IN ACCESS EXCLUSIVE MODE")
        warehouse.reset(access, exported)
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
    assert warehouse.verify_untouched(access.own_url, exported).difference == ""


def test_the_verification_ignores_the_search_path(access: Access, exported: Path) -> None:
    do(
        access.url,
        "CREATE SCHEMA evil",
        "CREATE TABLE evil.flight AS SELECT * FROM public.flight",
        "DROP TABLE public.flight",
        "CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class",
        f"ALTER ROLE {STACKS_ROLE} SET search_path = evil, public, pg_catalog",
        "ALTER DATABASE warehouse SET search_path = evil, public, pg_catalog",
    )
    assert warehouse.verify(access.own_url, exported, JANUARY).difference == "flight: the table is missing"


def test_the_verification_ignores_session_settings(access: Access, exported: Path) -> None:
    settings = {
        "DateStyle": "German",
        "TimeZone": "Asia/Tokyo",
        "statement_timeout": "1",
        "role": STACKS_ROLE,
        "client_encoding": "SQL_ASCII",
        "search_path": "evil",
        "default_transaction_read_only": "on",
    }
    do(access.url, *(f"ALTER DATABASE warehouse SET {name} = '{value}'" for name, value in settings.items()))
    assert warehouse.verify(access.own_url, exported, JANUARY, "t1").difference == ""


def test_rows_of_a_child_table_do_not_count(access: Access, exported: Path) -> None:
    do(
        access.url,
        "CREATE TABLE child () INHERITS (flight)",
        "INSERT INTO child SELECT * FROM ONLY flight",
        "TRUNCATE ONLY flight",
    )
    assert warehouse.verify(access.own_url, exported, JANUARY).difference.startswith("flight: 0 rows, expected 27,004")


def test_the_verification_runs_no_code_of_the_stack(access: Access, exported: Path) -> None:
    """A value of a custom type would be converted by its custom function, with the superuser's rights."""
    do(
        access.url,
        f"CREATE TYPE its_month AS ENUM ('{JANUARY}')",
        "CREATE TABLE ran (by text)",
        "CREATE FUNCTION told(its_month) RETURNS text LANGUAGE sql AS 'INSERT INTO public.ran VALUES (session_user); "
        f"SELECT ''{JANUARY}'' '",
        "CREATE CAST (its_month AS text) WITH FUNCTION told(its_month) AS IMPLICIT",
        "ALTER TABLE flight ALTER month TYPE its_month USING month::text::its_month",
    )
    found = warehouse.verify(access.own_url, exported, JANUARY).difference
    assert found.startswith("flight: columns with user-defined types: month")
    assert ask(access.own_url, "SELECT * FROM public.ran") == []


def test_a_difference_stays_short(access: Access, exported: Path) -> None:
    do(
        access.url,
        "UPDATE flight SET month = repeat('x', 1000000) || ctid::text WHERE ctid IN (SELECT ctid FROM flight LIMIT 20)",
        "INSERT INTO delivery (trial, month, rows) SELECT repeat('y', 100000), 'm', 1 FROM generate_series(1, 900)",
    )
    found = warehouse.verify(access.own_url, exported, JANUARY, "t1")
    assert found.difference
    assert len(found.model_dump_json()) < 10_000
