"""A stack's PostgreSQL server, with the harness's superuser and a role for the stack.

The stack's role owns one database and has no other privileges. A trial therefore changes only one database and one
role, and both can be recreated.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from harness.isolation.session import Connection, session

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
    def server_url(self) -> str:
        """The server as the harness reaches it, whether there is a database of the stack's or not."""
        return f"postgresql://{OWN_ROLE}:{self.own_password}@{self.place}/postgres"

    @property
    def own_url(self) -> str:
        """The database as the harness reaches it."""
        return f"{self.server_url.removesuffix('/postgres')}/{self.database}"


def reset_server(access: Access) -> None:
    """Reset a server to one role and one empty database of the stack.

    Raises `psycopg.OperationalError` if the server is unreachable or cannot drop them.
    """
    try:
        with session(access.server_url, autocommit=True) as server:
            _reset(server, access)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
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
