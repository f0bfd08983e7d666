"""A stack of plain processes: `serve` and its databases under supervisors, over a fresh folder that goes with it."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg

from harness.experiment.envelope import Envelope
from harness.isolation import inside
from harness.isolation.databases import STATE_QUERY, Access, session
from harness.isolation.exchange import Exchange
from harness.isolation.gauge import Gauge
from harness.isolation.places import Places, free_port, variables
from harness.isolation.process import groups
from harness.isolation.process.confinement import ProcessConfinement
from harness.isolation.process.postgres import Server, start_again, start_server
from harness.isolation.process.supervised import Program, Supervision, lay_script, supervise
from harness.isolation.process.sweep import end_round
from harness.isolation.process.tree import tree_gauge
from harness.isolation.protocol import Database, P, StackError, StateSize, T
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import Endpoint
from harness.provision.process.software import Software
from harness.provision.run_folders import Notes


@dataclass
class ProcessStack:
    """The processes of one running stack. `databases` and `control` are by part, and `ports` are their variables."""

    name: str
    endpoint: Endpoint
    warehouse: Access
    exchange: Exchange
    started_ns: int
    program: Program
    supervision: Supervision
    code: Path
    ports: Sequence[str]
    databases: dict[str, Server]
    control: dict[str, groups.Group]

    def __post_init__(self) -> None:
        self.began_s = time.time()
        self._serve = supervise(self.program, self.supervision)

    @property
    def supervisors(self) -> dict[str, int]:
        """The supervisors' process ids, by the part of the stack that they supervise. The warehouse is the last one."""
        databases = {name: server.supervised.pid for name, server in self.databases.items()}
        return {"orchestrator": self._serve.pid, **databases}

    def alive(self) -> bool:
        """Whether `serve` runs."""
        return self._serve.alive()

    def log(self) -> str:
        """Return the last lines that the orchestrator wrote."""
        return self.program.last_lines()

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator."""
        self._serve.end()

    def stop(self, grace_s: float) -> None:
        """Send SIGTERM to `serve`, and SIGKILL to the rest after `grace_s` seconds."""
        self._serve.ask_to_end(grace_s)
        self._serve.end()

    def start(self) -> int:
        """Restart a killed orchestrator with the same state. Return the time (monotonic)."""
        started_ns = time.monotonic_ns()
        self._serve = supervise(self.program, self.supervision)
        return started_ns

    def inside(self, ask: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call a function of `inside.py` as the serving user. Raises `StackError`."""
        script = str(lay_script(inside.__file__, self.program.folder))
        python, cpus = str(self.supervision.interpreter.path), ",".join(map(str, self.supervision.cpus))
        given = json.dumps([arguments, options])
        command = [python, "-I", script, str(self._serve.pid), cpus, ask.__name__, given]
        done = self.supervision.user.run(command, kind=StackError, cwd=self.program.folder)
        if done.returncode:
            raise StackError(f"cannot inspect its processes: {done.stderr.strip()[-500:]}", log=self.log())
        return cast(T, json.loads(done.stdout))

    def take_down(self, database: Database) -> None:
        """Shut a database down. Raises `StackError`."""
        self.databases[database].supervised.end()

    def bring_up(self, database: Database) -> None:
        """Start a database again, and wait until it answers. Raises `StackError`."""
        self.databases[database] = start_again(self.databases[database], self.supervision)

    def cut_off(self) -> None:
        """Raise `StackError`: processes share the host's network."""
        raise StackError("processes share the host's network, so the warehouse cannot be disconnected")

    def reconnect(self) -> None:
        """Raise `StackError`: processes share the host's network."""
        self.cut_off()

    def gauge(self) -> Gauge | None:
        """Return the stack's counters, from its control groups if there are any, or else from its process trees."""
        if self.control:
            counters = [self.control[name].counters for name in self.supervisors]
            return Gauge(counters[:-1], counters)
        pids = [*self.supervisors.values()]
        return tree_gauge(pids[:-1], pids)

    def state_size(self) -> StateSize:
        """Return the size of the state folder and of the metadata database. Raises `StackError`."""
        # As in a container. Errors of `du` for removed files are ignored.
        command = ["du", "-sb", str(self.program.folder / "state")]
        done = self.supervision.user.run(command, kind=StackError, cwd=self.program.folder)
        if not done.stdout:
            raise StackError(f"cannot measure the size of its state: {done.stderr.strip()[-500:]}", log=self.log())
        size_bytes = int(done.stdout.split()[0])
        if (metadata := self.databases.get("metadata")) is None:
            return StateSize(size_bytes, None)
        try:
            with session(metadata.access.own_url) as connection:
                database_bytes, transactions = connection.execute(STATE_QUERY).fetchone() or (0, 0)
        except psycopg.Error as error:
            raise StackError(f"cannot query its metadata database: {error}", log=self.log()) from error
        return StateSize(size_bytes + database_bytes, transactions)

    def confinement(self) -> ProcessConfinement:
        """Return the isolation of the processes."""
        return ProcessConfinement(self)

    def end(self) -> None:
        """End every program: `serve` at once, PostgreSQL by its stop signal."""
        self._serve.end()
        for server in self.databases.values():
            server.supervised.end()


@contextmanager
def launch(
    contender: Contender, envelope: Envelope, port: int | None, program: str, software: Software
) -> Iterator[ProcessStack]:
    """Start a stack's processes, and end them with all that they started. Raises `StackError` if one does not start."""
    manifest = contender.manifest
    software.ensure(manifest.name, manifest.lock, say=lambda _: None)
    environment = software.environment(manifest.name, manifest.lock)
    code, postgres, paths = software.stage(manifest), software.postgres(), software.paths
    token = secrets.token_hex(3)
    folder = paths.rounds / token
    metadata = contender.settings.metadata_database
    names = ["orchestrator", *(["metadata"] if metadata else []), "warehouse"]
    try:
        notes = Notes.begin(folder)
        exchange = Exchange(folder / "exchange")
        # The harness owns the folder of a round, and the serving user owns the folders inside for its files.
        folder.mkdir()
        folder.chmod(0o711)
        for each in (folder / "state", folder / "home", folder / "tmp", exchange.folder):
            each.mkdir(mode=0o700)
            paths.user.owns(each)
        exchange.fill()
        supervision = Supervision(paths.user, software.interpreter, envelope.cpuset[: int(envelope.cpus)], notes)
        control = groups.make_groups({name: f"orchbench-{token}-{name}" for name in names}, envelope)
        joined = {name: control[name].folders if control else () for name in names}
        started_ns = time.monotonic_ns()
        databases = {name: start_server(name, postgres, folder, supervision, joined[name]) for name in names[1:]}
        own_secrets = {secret: secrets.token_urlsafe(64) for secret in manifest.secrets}
        places = Places(
            host="127.0.0.1",
            port=free_port(port),
            ports={name: free_port() for name in manifest.ports},
            state=str(folder / "state"),
            landing=str(paths.landing),
            exchange=str(exchange.folder),
            warehouse_url=databases["warehouse"].access.url,
            metadata=databases["metadata"].access.address if metadata else "",
        )
        stack = ProcessStack(
            name=f"orchbench-{manifest.name}-{token}",
            endpoint=Endpoint(f"http://127.0.0.1:{places.port}", own_secrets),
            warehouse=databases["warehouse"].access,
            exchange=exchange,
            started_ns=started_ns,
            program=Program(
                name="serve",
                command=[str(code / program)],
                environment={
                    **_image_variables(folder, environment, code, paths.user.name),
                    **variables(contender, own_secrets, places),
                },
                folder=folder,
                log=folder / "serve.log",
                groups=joined["orchestrator"],
            ),
            supervision=supervision,
            code=code,
            ports=[*manifest.ports],
            databases=databases,
            control=control,
        )
        try:
            yield stack
        finally:
            stack.end()
    finally:
        end_round(folder, paths.user)


def _image_variables(folder: Path, environment: Path, code: Path, user: str) -> dict[str, str]:
    """Return the variables that an image sets for `serve`, without this shell's proxies and locale."""
    return {
        "PATH": f"{environment}/bin:/usr/local/bin:/usr/bin:/bin",
        "VIRTUAL_ENV": str(environment),
        "PYTHONPATH": str(code),
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "USER": user,
        "LOGNAME": user,
    }
