"""A real PostgreSQL from a wheel: a separate cluster per stack, only on the loopback, without a socket file."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psycopg
import stamina

from harness.isolation.databases import OWN_ROLE, Access, reset_server
from harness.isolation.places import free_port
from harness.isolation.process.supervised import Program, Supervised, Supervision, supervise
from harness.isolation.protocol import StackError

_START_LIMIT_S = 30
_CLUSTER_LIMIT_S = 120
_PORT_TRIES = 3
_GRACE_S = 5.0


@dataclass(frozen=True)
class Server:
    """A running server with one database."""

    supervised: Supervised
    access: Access


def start_server(
    database: str, binaries: Path, folder: Path, supervision: Supervision, groups: tuple[Path, ...]
) -> Server:
    """Create a cluster and its database, and start its server on a free port. Raises `StackError` if that fails."""
    password, own_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    data = folder / f"postgres-{database}"
    environment = {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
    _make_cluster(binaries, data, own_password, environment, supervision)
    for remaining in reversed(range(_PORT_TRIES)):
        # Another program may take the port meanwhile.
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            # Use files in the cluster, because PostgreSQL's files in /dev/shm survive a SIGKILL.
            "dynamic_shared_memory_type": "mmap",
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        program = Program(
            name=f"PostgreSQL ({database})",
            command=[str(binaries / "postgres"), "-D", str(data), *arguments],
            environment=environment,
            folder=folder,
            log=folder / f"{database}.log",
            groups=groups,
            stop_signal="SIGINT",
            grace_s=_GRACE_S,
        )
        access = Access(f"127.0.0.1:{port}", database, password, own_password)
        supervised = supervise(program, supervision)
        try:
            _wait(supervised, partial(reset_server, access))
        except StackError:
            supervised.end()
            if not remaining:
                raise
        else:
            return Server(supervised, access)
    raise AssertionError("the last try returns or raises")


def start_again(server: Server, supervision: Supervision) -> Server:
    """Start a server that was ended over its data again, and wait until it answers. Raises `StackError`."""
    supervised = supervise(server.supervised.program, supervision)
    _wait(supervised, lambda: psycopg.connect(server.access.url, connect_timeout=5).close())
    return replace(server, supervised=supervised)


def _make_cluster(
    binaries: Path, data: Path, password: str, environment: dict[str, str], supervision: Supervision
) -> None:
    secret = data.with_suffix(".password")
    secret.touch(mode=0o600)
    secret.write_text(password)
    data.mkdir(mode=0o700)
    supervision.user.owns(secret, data)
    command = [str(binaries / "initdb"), f"--username={OWN_ROLE}", f"--pwfile={secret}", "--auth=scram-sha-256"]
    command += ["--encoding=UTF8", "--no-locale", f"--pgdata={data}"]
    try:
        done = supervision.user.run(command, _CLUSTER_LIMIT_S, StackError, cwd=data.parent, env=environment)
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise StackError(f"PostgreSQL could not create its cluster: {done.stderr.strip()[-500:]}")


def _wait(server: Supervised, then: Callable[[], None]) -> None:
    """Do something with a server once it answers. Raises `StackError` when it ends or does not answer in time."""

    def waits(error: Exception) -> bool:
        return isinstance(error, psycopg.OperationalError) and server.alive()

    try:
        for attempt in stamina.retry_context(
            on=waits, attempts=None, timeout=_START_LIMIT_S, wait_initial=0.02, wait_max=0.25, wait_jitter=0
        ):
            with attempt:
                then()
    except psycopg.OperationalError as error:
        raise StackError(f"{server.program.name} did not start: {error}", log=server.program.last_lines()) from error
