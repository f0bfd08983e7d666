"""A stack: one orchestrator's container and its warehouse, from `up` to `down`.

Knows Compose, containers and ports; nothing of trials. Each stack is one Compose project with fresh containers,
volumes, network and secrets, all labelled, in a run folder of its own that goes when the stack goes.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psycopg
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.cgroup import CgroupError, Counters, Gauge, counters
from harness.driver import ApiError, Driver, Endpoint
from harness.engine import LABEL, EngineError, client, compose_command, remove_leftovers
from harness.images import WAREHOUSE, image_name
from harness.orchestrator import METADATA, REPOSITORY, Manifest

RUNS = REPOSITORY / ".run"
LANDING = REPOSITORY / ".cache" / "landing"
_COMPOSE_LIMIT_S = 180
_WAREHOUSE_LIMIT_S = 60
_LOG_LINES = 30


class StackError(Exception):
    """A stack did not come up or went away; `log` holds the last lines of its orchestrator's container."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class Envelope:
    """The resources that each container of a stack may use."""

    cpus: float = 2.0
    memory_bytes: int = 4 * 1024**3
    cpuset: str = ""
    """Which CPUs of the host, as in `1-3`; empty for all of them."""


@dataclass
class Stack:
    """One orchestrator, its warehouse and its metadata database if it has one, served by containers.

    Use as a context manager: it always comes down.
    """

    manifest: Manifest
    profile: str
    envelope: Envelope
    host_port: int | None = None
    name: str = field(init=False)
    driver: Driver = field(init=False)
    warehouse_url: str = field(init=False)
    up_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{LABEL}-{self.manifest.name}-{secrets.token_hex(3)}"
        self._warehouse_password = secrets.token_urlsafe(24)
        self._metadata_password = secrets.token_urlsafe(24)
        self._secrets = {name: secrets.token_urlsafe(64) for name in self.manifest.secrets}

    @property
    def folder(self) -> Path:
        """The stack's run folder on the host."""
        return RUNS / self.name

    @property
    def events(self) -> Path:
        """The probe's event file, as the host sees it."""
        return self.folder / "exchange" / "events.jsonl"

    @property
    def faults(self) -> Path:
        """The file that tells the probe which faults to inject, as the host sees it."""
        return self.folder / "exchange" / "faults.json"

    @property
    def output(self) -> Path:
        """Where the pipeline writes Parquet, as the host sees it."""
        return self.folder / "exchange" / "output"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> None:
        """Start the containers and bind the driver; what they do then is theirs.

        Stamps `up_ns` (monotonic) as Compose is called. Raises `StackError` when Compose fails or the warehouse does
        not answer in time.
        """
        self._prepare_folder()
        port = _free_port(self.host_port)
        warehouse_port = _free_port(None)
        self.warehouse_url = f"postgresql://orchbench:{self._warehouse_password}@127.0.0.1:{warehouse_port}/warehouse"
        self.driver = self.manifest.driver(Endpoint(f"http://127.0.0.1:{port}", self._secrets))
        self._compose_environment = {
            **os.environ,
            "ORCHBENCH_OWNER": self.name,
            "ORCHBENCH_IMAGE": image_name(self.manifest),
            "ORCHBENCH_WAREHOUSE_IMAGE": WAREHOUSE,
            "ORCHBENCH_RUN": str(self.folder),
            "ORCHBENCH_LANDING": str(LANDING),
            "ORCHBENCH_HOST_PORT": str(port),
            "ORCHBENCH_PORT": str(self.manifest.port),
            "ORCHBENCH_WAREHOUSE_PORT": str(warehouse_port),
            "ORCHBENCH_CPUS": str(self.envelope.cpus),
            "ORCHBENCH_CPUSET": self.envelope.cpuset,
            "ORCHBENCH_MEMORY": str(self.envelope.memory_bytes),
        }
        self.host_port = port
        self.up_ns = time.monotonic_ns()
        self._compose("up", "--detach")

    def wait_ready(self) -> float:
        """Wait until the driver says ready and the warehouse answers; return the seconds since `up`.

        Raises `StackError` with the container's last log lines when the manifest's limit passes.
        """
        limit_s = self.manifest.ready_limit_s
        while (waited_s := (time.monotonic_ns() - self.up_ns) / 1e9) < limit_s:
            with suppress(httpx.HTTPError, ApiError):
                if self.driver.ready():
                    ready_s = (time.monotonic_ns() - self.up_ns) / 1e9
                    self._wait_warehouse()
                    return ready_s
            if self.container().status in {"exited", "dead"}:
                raise StackError(f"not ready: its container ended after {waited_s:.0f} s", self.log())
            time.sleep(0.25)
        raise StackError(f"not ready in {limit_s:.0f} s", self.log())

    def container(self, service: str = "orchestrator") -> Container:
        """Return the container of a service, as the engine sees it now.

        Raises `StackError` when it is gone.
        """
        project: dict[str, str | list[str] | bool] | None = {
            "label": [f"{LABEL}={self.name}", f"com.docker.compose.service={service}"]
        }
        try:
            found = client().containers.list(all=True, filters=project)
        except (APIError, OSError) as error:
            raise EngineError(f"the Docker engine went away: {error}") from error
        if not found:
            raise StackError(f"the container of {self.name}, service {service}, is gone")
        return found[0]

    def gauge(self) -> Gauge | None:
        """Return the kernel's counters of the running stack; `None` where the host does not show them."""
        database = ["metadata"] if self.manifest.profiles[self.profile].metadata_database else []
        with suppress(CgroupError):
            orchestrator = tuple(self._counters(service) for service in ["orchestrator", *database])
            return Gauge(orchestrator, (*orchestrator, self._counters("warehouse")))
        return None

    def log(self, lines: int = _LOG_LINES) -> str:
        """Return the last lines of the orchestrator's container log, whatever state it is in."""
        try:
            output: bytes = self.container().logs(tail=lines)
        except (StackError, APIError, NotFound, OSError) as error:
            return f"(no log: {error})"
        return output.decode(errors="replace")

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator's container."""
        self.container().kill("SIGKILL")

    def start(self) -> None:
        """Start a killed orchestrator's container again, over the same state; stamps `up_ns` anew."""
        self.up_ns = time.monotonic_ns()
        self.container().start()

    def down(self) -> None:
        """Remove containers, network, volumes and the run folder of this stack."""
        remove_leftovers(self.name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _counters(self, service: str) -> Counters:
        return counters(self.container(service).attrs["State"]["Pid"])

    def _prepare_folder(self) -> None:
        exchange = self.folder / "exchange"
        self.output.mkdir(parents=True)
        # The container's user is not the host's: both must be able to write here.
        exchange.chmod(0o777)
        self.output.chmod(0o777)
        self.events.touch()
        self.events.chmod(0o666)
        self.faults.write_text("[]")
        profile = self.manifest.profiles[self.profile]
        metadata = f"orchbench:{self._metadata_password}@metadata:5432/metadata"
        settings = {name: each.value.replace(METADATA, metadata) for name, each in profile.settings.items()}
        inside = {
            "ORCHBENCH_HOST": "0.0.0.0",  # noqa: S104  # inside the container; published on 127.0.0.1 only
            "ORCHBENCH_PORT": str(self.manifest.port),
            "ORCHBENCH_STATE": "/state",
            "ORCHBENCH_LANDING": "/landing",
            "ORCHBENCH_OUTPUT": "/exchange/output",
            "ORCHBENCH_EVENTS": "/exchange/events.jsonl",
            "ORCHBENCH_FAULTS": "/exchange/faults.json",
            "ORCHBENCH_WAREHOUSE": f"postgresql://orchbench:{self._warehouse_password}@warehouse:5432/warehouse",
        }
        if profile.metadata_database:
            inside["ORCHBENCH_METADATA"] = f"postgresql://{metadata}"
        _write_env(self.folder / "orchestrator.env", {**settings, **self._secrets, **inside})
        for database, password in (("warehouse", self._warehouse_password), ("metadata", self._metadata_password)):
            _write_env(self.folder / f"{database}.env", {"POSTGRES_PASSWORD": password, "POSTGRES_DB": database})

    def _compose(self, *arguments: str) -> None:
        files = [self.manifest.compose_file]
        if self.manifest.profiles[self.profile].metadata_database:
            files.append(REPOSITORY / "compose" / "metadata.yaml")
        chosen = [argument for file in files for argument in ("-f", str(file))]
        command = [*compose_command(), "-p", self.name, *chosen, *arguments]
        try:
            done = subprocess.run(
                command,
                env=self._compose_environment,
                capture_output=True,
                text=True,
                timeout=_COMPOSE_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError(f"`{' '.join(arguments)}` of Compose did not end in {_COMPOSE_LIMIT_S} s") from error
        if done.returncode != 0:
            raise StackError(f"Compose failed: {done.stderr.strip()[-1000:]}", self.log())

    def _wait_warehouse(self) -> None:
        deadline = time.monotonic() + _WAREHOUSE_LIMIT_S
        while True:
            try:
                psycopg.connect(self.warehouse_url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise StackError(f"the warehouse did not answer in {_WAREHOUSE_LIMIT_S} s: {error}") from error
                time.sleep(0.25)
            else:
                return


def _free_port(wanted: int | None) -> int:
    """Return `wanted` if nothing listens on it on 127.0.0.1, else a port the kernel says is free."""
    for port in (wanted, 0):
        if port is None:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            return free
    raise StackError("no free port on 127.0.0.1")


def _write_env(path: Path, variables: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
