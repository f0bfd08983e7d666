"""A stack in containers: one Compose project with fresh containers, volumes, network and secrets, all labelled."""

import json
import math
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from docker.models.containers import Container
from docker.models.networks import Network

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation import inside
from harness.isolation.confinement import Address
from harness.isolation.databases import OWN_ROLE, STATE_QUERY, Access
from harness.isolation.docker import compose
from harness.isolation.docker.confinement import ContainerConfinement
from harness.isolation.docker.leftovers import remove_labelled
from harness.isolation.exchange import Exchange
from harness.isolation.gauge import CgroupError, Gauge, container_counters
from harness.isolation.places import NO_PROXIES, Places, free_port, variables
from harness.isolation.protocol import SERVE, Database, P, StackError, StateSize, T
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import Endpoint
from harness.paths import LANDING
from harness.provision.commands import last_lines
from harness.provision.docker.engine import LABEL, client, engine_answers, run_inside
from harness.provision.docker.images import WAREHOUSE, image_name
from harness.provision.owner import this_process
from harness.provision.run_folders import make_run_folder, remove_run_folder

_LOG_LINES = 30
_DATABASE_LIMIT_S = 30
_DATABASE_POLL_S = 0.1
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # inside the container; published on 127.0.0.1 only
_FIRST = "1"
"""The first process of a container, from which all others in it descend."""


@dataclass
class ContainerStack:
    """The containers of one running stack."""

    name: str
    endpoint: Endpoint
    warehouse: Access
    exchange: Exchange
    started_ns: int
    has_metadata: bool
    listens_at: Address

    def container(self, service: str = "orchestrator") -> Container:
        """Return the container of a service, as the engine sees it now. Raises `StackError` when it is gone."""
        labels = [f"{LABEL}={self.name}", f"com.docker.compose.service={service}"]
        with engine_answers():
            containers = client().containers.list(all=True, filters={"label": labels})
        if not containers:
            raise StackError(f"the container of {self.name}, service {service}, is gone")
        return containers[0]

    def alive(self) -> bool:
        """Whether the orchestrator's container runs."""
        return str(self.container().status) == "running"

    def log(self, service: str = "orchestrator") -> str:
        """Return the last lines of a container's log, whatever state it is in."""
        try:
            with engine_answers("could not read the log"):
                return last_lines(self.container(service).logs(tail=_LOG_LINES))
        except HarnessError as error:
            return f"(no log: {error})"

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator's container."""
        with engine_answers("could not kill the container"):
            self.container().kill("SIGKILL")

    def stop(self, grace_s: float) -> None:
        """Send SIGTERM to the container's first process, and SIGKILL to the rest after `grace_s` seconds."""
        with engine_answers("could not stop the container"):
            self.container().stop(timeout=math.ceil(grace_s))

    def start(self) -> int:
        """Restart a killed orchestrator's container with the same state. Return the time (monotonic)."""
        started_ns = time.monotonic_ns()
        with engine_answers("could not start the container again"):
            self.container().start()
        return started_ns

    def inside(self, ask: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call a function of `inside.py` in the orchestrator's container. Raises `StackError`."""
        script = Path(inside.__file__).read_text()
        command = ["python3", "-I", "-c", script, _FIRST, "", ask.__name__, json.dumps([arguments, options])]
        with engine_answers("could not run a command in the container", kind=StackError):
            code, said = run_inside(self.container(), command, demux=True)
        output, complaint = cast(tuple[bytes | None, bytes | None], said)
        if code or output is None:
            words = (complaint or b"").decode(errors="replace").strip()
            raise StackError(f"cannot inspect its processes: {words[-500:]}", log=self.log())
        return cast(T, json.loads(output))

    def take_down(self, database: Database) -> None:
        """Shut a database down: SIGINT is PostgreSQL's fast shutdown. Raises `StackError`."""
        with engine_answers("could not stop PostgreSQL"):
            container = self.container(database)
            container.kill("SIGINT")
            container.wait(timeout=_DATABASE_LIMIT_S)

    def bring_up(self, database: Database) -> None:
        """Restart a database's container and wait until it responds. Raises `StackError` if it does not."""
        deadline = time.monotonic() + _DATABASE_LIMIT_S
        with engine_answers("could not start PostgreSQL again"):
            self.container(database).start()
        while not _responds(container := self.container(database)):
            if container.status != "running" or time.monotonic() > deadline:
                raise StackError(f"PostgreSQL ({database}) did not start", log=self.log(database))
            time.sleep(_DATABASE_POLL_S)

    def cut_off(self) -> None:
        """Take the warehouse's container out of the stack's network. Raises `StackError`."""
        with engine_answers("could not disconnect the warehouse"):
            self._network().disconnect(self.container("warehouse"))

    def reconnect(self) -> None:
        """Put the warehouse's container back, under the address that it had. Raises `StackError`."""
        with engine_answers("could not reconnect the warehouse"):
            self._network().connect(self.container("warehouse"), aliases=["warehouse"])

    def _network(self) -> Network:
        (network,) = client().networks.list(filters={"label": f"{LABEL}={self.name}"})
        return network

    def confinement(self) -> ContainerConfinement:
        """Return the isolation of the containers."""
        return ContainerConfinement(self)

    def gauge(self) -> Gauge | None:
        """Return the kernel's counters of the running stack, or `None` if the host does not show them."""
        services = ["orchestrator", *(["metadata"] if self.has_metadata else []), "warehouse"]
        containers = [self.container(service) for service in services]
        with suppress(CgroupError):
            every = [container_counters(each.attrs["State"]["Pid"], str(each.id)) for each in containers]
            return Gauge(every[:-1], every)
        return None

    def state_size(self) -> StateSize:
        """Return the size of the volume `state` and of the metadata database. Raises `StackError`."""
        folder_bytes = int(self._output("orchestrator", ["du", "-sb", "/state"]).split()[0])
        if not self.has_metadata:
            return StateSize(folder_bytes, None)
        psql = f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h /tmp -U {OWN_ROLE} -At -c "{STATE_QUERY}" "$POSTGRES_DB"'
        database_bytes, transactions = self._output("metadata", ["sh", "-c", psql]).split("|")
        return StateSize(folder_bytes + int(database_bytes), int(transactions))

    def _output(self, service: str, command: list[str]) -> str:
        """Return the output of a command in a container. Errors of `du` for removed files are ignored."""
        with engine_answers("could not run a command in the container", kind=StackError):
            output: object = run_inside(self.container(service), command, stderr=False).output
        if not isinstance(output, bytes) or not output:
            raise StackError(f"`{' '.join(command[:2])}` failed in the container of its {service}", log=self.log())
        return output.decode()


@contextmanager
def launch(
    contender: Contender, envelope: Envelope, port: int | None = None, program: str = SERVE
) -> Iterator[ContainerStack]:
    """Start a stack's containers, and remove them with all that they used. Raises `StackError` when Compose fails."""
    manifest = contender.manifest
    name = f"{LABEL}-{manifest.name}-{secrets.token_hex(3)}"
    host_port, warehouse_port = free_port(port), free_port()
    own_secrets = {secret: secrets.token_urlsafe(64) for secret in manifest.secrets}
    databases = {
        database: Access(f"{database}:5432", database, secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        for database in ("warehouse", "metadata")
    }
    has_metadata = contender.settings.metadata_database
    places = Places(
        host=_EVERYWHERE,
        port=manifest.port,
        ports=manifest.ports,
        state="/state",
        landing="/landing",
        exchange="/exchange",
        warehouse_url=databases["warehouse"].url,
        metadata=databases["metadata"].address if has_metadata else "",
    )
    folder = make_run_folder(name)
    try:
        _write_variables(folder / "orchestrator.env", variables(contender, own_secrets, places))
        for database, access in databases.items():
            passwords = {"POSTGRES_PASSWORD": access.own_password, "STACKS_PASSWORD": access.password}
            _write_variables(folder / f"{database}.env", {**NO_PROXIES, "POSTGRES_DB": database, **passwords})
        subnet = compose.free_subnet()
        exchange = Exchange(folder / "exchange")
        exchange.folder.mkdir()
        # The container's user is not the host's. It can add files here, but cannot replace the harness's files.
        exchange.folder.chmod(0o1777)
        exchange.fill()
        stack = ContainerStack(
            name=name,
            endpoint=Endpoint(f"http://127.0.0.1:{host_port}", own_secrets),
            warehouse=replace(databases["warehouse"], place=f"127.0.0.1:{warehouse_port}"),
            exchange=exchange,
            started_ns=time.monotonic_ns(),
            has_metadata=has_metadata,
            listens_at=Address(_EVERYWHERE, manifest.port),
        )
        composed = {
            "ORCHBENCH_OWNER": name,
            "ORCHBENCH_HARNESS": str(this_process()),
            "ORCHBENCH_IMAGE": image_name(manifest),
            "ORCHBENCH_WAREHOUSE_IMAGE": WAREHOUSE,
            "ORCHBENCH_PROGRAM": program,
            "ORCHBENCH_RUN": str(folder),
            "ORCHBENCH_LANDING": str(LANDING),
            "ORCHBENCH_HOST_PORT": str(host_port),
            "ORCHBENCH_PORT": str(manifest.port),
            "ORCHBENCH_WAREHOUSE_PORT": str(warehouse_port),
            "ORCHBENCH_CPUS": str(envelope.cpus),
            "ORCHBENCH_CPUSET": ",".join(map(str, envelope.cpuset)),
            "ORCHBENCH_MEMORY": str(envelope.memory_bytes),
            "ORCHBENCH_STATE_BYTES": str(envelope.state_bytes),
            "ORCHBENCH_SUBNET": str(subnet),
            # Nobody's: the host has the first address, and containers have the next.
            "ORCHBENCH_NOBODY": str(subnet[-2]),
        }
        try:
            compose.up(name, contender, envelope, composed)
        except StackError as error:
            raise StackError(str(error), log=stack.log()) from error
        yield stack
    finally:
        try:
            remove_labelled(name)
        finally:
            remove_run_folder(folder)


def _responds(database: Container) -> bool:
    """Whether the server in a database's container takes sessions."""
    # A command cannot run in a stopped container.
    with suppress(HarnessError), engine_answers():
        return run_inside(database, ["pg_isready", "--quiet", "--host=/tmp"]).exit_code == 0
    return False


def _write_variables(path: Path, values: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
