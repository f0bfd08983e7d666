"""A stack in containers: one Compose project with fresh containers, volumes, network and secrets, all labelled.

Its run folder on the host goes when the stack goes.
"""

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError
from docker.models.containers import Container

from harness.experiment.envelope import Envelope
from harness.isolation.cgroup import CgroupError, Counters, StackGauge
from harness.isolation.docker import compose
from harness.isolation.docker.counted import counters_of
from harness.isolation.docker.engine import LABEL, EngineError, client, remove_labelled
from harness.isolation.docker.images import WAREHOUSE
from harness.isolation.docker.orchestrator_image import image_name
from harness.isolation.environment_variables import NO_PROXIES, Places, variables
from harness.isolation.free_port import free_port
from harness.isolation.owner import this_process
from harness.isolation.protocol import Exchange, Gauge, StackError
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING, RUNS

_LOG_LINES = 30


@dataclass(frozen=True)
class ContainerStack:
    """The containers of one running stack."""

    name: str
    endpoint: Endpoint
    warehouse_url: str
    exchange: Exchange
    started_ns: int
    has_metadata: bool

    def container(self, service: str = "orchestrator") -> Container:
        """Return the container of a service, as the engine sees it now.

        Raises `StackError` when it is gone.
        """
        return _container(self.name, service)

    def alive(self) -> bool:
        """Whether the orchestrator's container runs."""
        return str(self.container().status) == "running"

    def log(self) -> str:
        """Return the last lines of the orchestrator's container log, whatever state it is in."""
        return _log(self.name)

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator's container."""
        with _engine_answers():
            self.container().kill("SIGKILL")

    def start(self) -> int:
        """Start a killed orchestrator's container again over the same state; return when (monotonic)."""
        started_ns = time.monotonic_ns()
        with _engine_answers():
            self.container().start()
        return started_ns

    def gauge(self) -> Gauge | None:
        """Return the kernel's counters of the running stack; `None` where the host does not show them."""
        services = ["orchestrator", "metadata"] if self.has_metadata else ["orchestrator"]
        with suppress(CgroupError):
            orchestrator = tuple(map(self._counters, services))
            return StackGauge(orchestrator, (*orchestrator, self._counters("warehouse")))
        return None

    def _counters(self, service: str) -> Counters:
        return counters_of(self.container(service))


@contextmanager
def launch(manifest: Manifest, profile: str, envelope: Envelope, port: int | None) -> Iterator[ContainerStack]:
    """Start a stack's containers, yield them, and remove them with their volumes, network and run folder.

    Raises `StackError` when Compose fails.
    """
    name = f"{LABEL}-{manifest.name}-{secrets.token_hex(3)}"
    folder = RUNS / name
    host_port, warehouse_port = free_port(port), free_port()
    own_secrets = {secret: secrets.token_urlsafe(64) for secret in manifest.secrets}
    password = secrets.token_urlsafe(24)
    has_metadata = manifest.profiles[profile].metadata_database
    try:
        exchange = _prepare_folder(folder, manifest, profile, own_secrets, password)
        started_ns = time.monotonic_ns()
        try:
            compose.up(
                name,
                manifest,
                profile,
                {
                    "ORCHBENCH_OWNER": name,
                    "ORCHBENCH_HARNESS": str(this_process()),
                    "ORCHBENCH_IMAGE": image_name(manifest),
                    "ORCHBENCH_WAREHOUSE_IMAGE": WAREHOUSE,
                    "ORCHBENCH_RUN": str(folder),
                    "ORCHBENCH_LANDING": str(LANDING),
                    "ORCHBENCH_HOST_PORT": str(host_port),
                    "ORCHBENCH_PORT": str(manifest.port),
                    "ORCHBENCH_WAREHOUSE_PORT": str(warehouse_port),
                    "ORCHBENCH_CPUS": str(envelope.cpus),
                    "ORCHBENCH_CPUSET": ",".join(map(str, envelope.cpuset)),
                    "ORCHBENCH_MEMORY": str(envelope.memory_bytes),
                },
            )
        except StackError as error:
            raise StackError(str(error), log=_log(name)) from error
        yield ContainerStack(
            name=name,
            endpoint=Endpoint(f"http://127.0.0.1:{host_port}", own_secrets),
            warehouse_url=f"postgresql://orchbench:{password}@127.0.0.1:{warehouse_port}/warehouse",
            exchange=exchange,
            started_ns=started_ns,
            has_metadata=has_metadata,
        )
    finally:
        try:
            remove_labelled(name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _engine_answers() -> Iterator[None]:
    """Raise `EngineError` where the engine fails a call or is gone."""
    try:
        yield
    except (APIError, OSError) as error:
        raise EngineError(f"the Docker engine went away: {error}") from error


def _container(project: str, service: str) -> Container:
    labels = [f"{LABEL}={project}", f"com.docker.compose.service={service}"]
    with _engine_answers():
        containers = client().containers.list(all=True, filters={"label": labels})
    if not containers:
        raise StackError(f"the container of {project}, service {service}, is gone")
    return containers[0]


def _log(project: str) -> str:
    try:
        output: bytes = _container(project, "orchestrator").logs(tail=_LOG_LINES)
    except (StackError, EngineError, APIError, OSError) as error:
        return f"(no log: {error})"
    return output.decode(errors="replace")


def _prepare_folder(
    folder: Path, manifest: Manifest, profile: str, own_secrets: dict[str, str], password: str
) -> Exchange:
    """Make a stack's run folder: what it shares with the harness, and the variables of each container."""
    # No other user of this host gets past this folder; the container's user comes by a mount of what is in it.
    folder.mkdir(parents=True, mode=0o700)
    exchange = Exchange(folder / "exchange")
    exchange.output.mkdir(parents=True)
    # The container's user is not the host's: both must be able to write here.
    exchange.folder.chmod(0o777)
    exchange.output.chmod(0o777)
    exchange.clear()
    exchange.faults.write_text("[]")
    exchange.faults.chmod(0o644)
    metadata_password = secrets.token_urlsafe(24)
    places = Places(
        host="0.0.0.0",  # noqa: S104  # inside the container; published on 127.0.0.1 only
        port=manifest.port,
        ports=manifest.ports,
        state="/state",
        landing="/landing",
        exchange="/exchange",
        warehouse_url=f"postgresql://orchbench:{password}@warehouse:5432/warehouse",
        metadata=f"orchbench:{metadata_password}@metadata:5432/metadata"
        if manifest.profiles[profile].metadata_database
        else "",
    )
    _write_env(folder / "orchestrator.env", variables(manifest.profiles[profile], own_secrets, places))
    for database, secret in (("warehouse", password), ("metadata", metadata_password)):
        _write_env(folder / f"{database}.env", {**NO_PROXIES, "POSTGRES_PASSWORD": secret, "POSTGRES_DB": database})
    return exchange


def _write_env(path: Path, variables_: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in variables_.items()))
