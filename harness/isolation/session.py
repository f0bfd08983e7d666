"""Sessions of the harness in a stack's database, in which nothing waits for ever.

A warehouse out of reach raises `psycopg.OperationalError`; a lock or a statement that is out of time a kind of it.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import psycopg

LOCK_LIMIT_S = 30
"""How long a stack may keep a lock on what is looked at."""
STATEMENT_LIMIT_S = 60
_SESSION_LIMIT_S = 180.0
"""A server that was cut off ends no statement: then the session is ended from here."""
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
"""What a database's owner could set for everybody who connects: a session's own settings come before those."""
_OPTIONS = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())

Connection = psycopg.Connection[Any]


@contextmanager
def session(url: str, *, autocommit: bool = False) -> Iterator[Connection]:
    """Open a session with the harness's own settings, and a limit for each lock, each statement, and the whole."""
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
    """Open a session with one snapshot for all queries: an export under way cannot show half of itself."""
    with session(url) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _hang_up(descriptor: int) -> None:
    """End a session that waits for its server: the wait raises `psycopg.OperationalError`."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)
