"""A stack's PostgreSQL server, with the harness's superuser and a role for the stack.

The stack's role owns one database and no other privileges, so that all that a trial changes can be recreated. Nothing
waits forever in the harness's own sessions: `psycopg.OperationalError` and its subclasses end them.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Timer
from typing import Any, LiteralString

import psycopg
from psycopg import sql

LOCK_LIMIT_S = 30
"""How long a stack may hold a lock on an inspected table."""
STATEMENT_LIMIT_S = 60
_SESSION_LIMIT_S = 180.0
"""A disconnected server ends no statement, so the session is ended from here."""
_SETTINGS = {
    "search_path": "pg_catalog",
    "role": "none",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
    "statement_timeout": f"{STATEMENT_LIMIT_S}s",
    "lock_timeout": f"{LOCK_LIMIT_S}s",
    "idle_in_transaction_session_timeout": "0",
}
"""Settings that a database's owner could change for every session. A session's own settings have precedence."""
_OPTIONS = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())

Connection = psycopg.Connection[Any]
STACKS_ROLE = "orchbench"
OWN_ROLE = "harness"
STATE_QUERY = (
    "SELECT pg_catalog.pg_database_size(datname), xact_commit + xact_rollback FROM pg_catalog.pg_stat_database "
    "WHERE datname = pg_catalog.current_database()"
)
"""A database's size in bytes, and its transactions so far (PostgreSQL documentation, the statistics collector)."""
_OWN_DATABASES = ("postgres", "template0", "template1")


@dataclass(frozen=True)
class Access:
    """How one database is reached, at `HOST:PORT`: with the stack's password, and with the harness's own."""

    place: str
    database: str
    password: str
    own_password: str

    @property
    def address(self) -> str:
        """The stack's role and password, and the database's place and name."""
        return f"{STACKS_ROLE}:{self.password}@{self.place}/{self.database}"

    @property
    def url(self) -> str:
        """The database as the stack reaches it."""
        return f"postgresql://{self.address}"

    @property
    def own_url(self) -> str:
        """The database as the harness reaches it."""
        return f"postgresql://{OWN_ROLE}:{self.own_password}@{self.place}/{self.database}"


@contextmanager
def session(url: str, *, autocommit: bool = False) -> Iterator[Connection]:
    """Open a session with the harness's settings, and time limits for each lock, each statement, and the session."""
    with psycopg.connect(url, connect_timeout=10, options=_OPTIONS, autocommit=autocommit) as connection:
        limit = Timer(_SESSION_LIMIT_S, _hang_up, [connection.fileno()])
        limit.daemon = True
        limit.start()
        try:
            yield connection
        finally:
            limit.cancel()


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """Open a session with one snapshot for all queries, so that a running export is not partly visible."""
    with session(url) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _hang_up(descriptor: int) -> None:
    """End a session that waits for its server. The wait then raises `psycopg.OperationalError`."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


def reset_server(access: Access) -> None:
    """Reset a server to one role and one empty database. Raises `psycopg.OperationalError` if it cannot be done."""
    try:
        with session(replace(access, database="postgres").own_url, autocommit=True) as server:
            _reset(server, access)
    except psycopg.Error as error:
        if isinstance(error, psycopg.OperationalError):
            raise
        # A server that refuses its superuser anything is lost.
        raise psycopg.OperationalError(f"cannot reset the database server: {error}") from error


def _reset(server: Connection, access: Access) -> None:
    if _rows(server, "SELECT 1 FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf'"):
        server.execute("ALTER SYSTEM RESET ALL")
        server.execute("SELECT pg_reload_conf()")
    for name, is_template in _rows(server, "SELECT datname, datistemplate FROM pg_database"):
        if name not in _OWN_DATABASES:
            if is_template:
                _run(server, "ALTER DATABASE {} IS_TEMPLATE false", name)
            _run(server, "DROP DATABASE {} WITH (FORCE)", name)
    for (name,) in _rows(server, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'"):
        if name != OWN_ROLE:
            _run(server, "DROP OWNED BY {} CASCADE", name)
            _run(server, "DROP ROLE {}", name)
    # What `ALTER ROLE … SET` and `ALTER DATABASE … SET` have left, in all their combinations.
    server.execute("DELETE FROM pg_db_role_setting")
    password = sql.Literal(access.password)
    server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(STACKS_ROLE), password))
    _run(server, "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'", access.database, STACKS_ROLE)
    # An ordinary role can create large objects in every database. Some tools connect to `postgres`.
    _run(server, "REVOKE CONNECT ON DATABASE {} FROM PUBLIC", "template1")


def _rows(server: Connection, query: LiteralString) -> list[tuple[Any, ...]]:
    return server.execute(query).fetchall()


def _run(server: Connection, statement: LiteralString, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
