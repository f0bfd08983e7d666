"""The harness's sessions in a stack's database, in which nothing waits forever.

An unreachable warehouse raises `psycopg.OperationalError`. A lock or a statement that times out raises a subclass.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import psycopg

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
