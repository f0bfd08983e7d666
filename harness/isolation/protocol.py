"""What every isolation and every running stack can do. Packages above this one do not depend on the kind."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, ParamSpec, Protocol, TypeVar

from harness.errors import Failure
from harness.experiment.envelope import Envelope
from harness.isolation.confinement import Confinement
from harness.isolation.databases import Access
from harness.isolation.exchange import Exchange
from harness.isolation.gauge import Gauge
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built, Install, Say

SERVE = "pipeline/serve"
UNIT_TEST = "reference/run_unit_test.py"
"""The programs that a stack can run, as paths in the build."""

Database = Literal["warehouse", "metadata"]

P = ParamSpec("P")
T = TypeVar("T")


class StackError(Failure):
    """A stack did not start or was lost. `log` has the last lines of the failed part."""


@dataclass(frozen=True)
class Description:
    """An isolation in a result: a phrase for people, facts to compare, and the differences from containers."""

    kind: str
    summary: str
    facts: Mapping[str, str]
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """One thing that `doctor` looked at: `missing` stops a benchmark, `warning` shows in its numbers."""

    level: Literal["ok", "warning", "missing"]
    what: str
    remedy: str = ""


def unlimited_swap(what: str) -> Diagnosis:
    """Return the warning for a machine that cannot limit swap. `what` is the first part of the sentence."""
    return Diagnosis(
        "warning",
        f"{what}, so a stack that needs more memory than its share becomes slow instead of being killed",
        "boot with the kernel's parameter swapaccount=1, or: sudo swapoff -a",
    )


def available_cpus() -> set[int]:
    """Return the CPUs that this process can run on, or all if the host does not say."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


@dataclass(frozen=True)
class StateSize:
    """The state folder and metadata database in bytes, and that database's transactions, or `None` without one."""

    size_bytes: int
    transactions: int | None


class Running(Protocol):
    """One orchestrator, its warehouse, and its metadata database if it has one, as they run."""

    name: str
    """The stack's own name, which nothing else on the machine has."""
    endpoint: Endpoint
    """Where the orchestrator's API is reached."""
    warehouse: Access
    """How the warehouse is reached from here."""
    exchange: Exchange
    """The folder that harness and pipeline share."""
    started_ns: int
    """When the start was requested (monotonic)."""

    def alive(self) -> bool:
        """Whether the orchestrator's first process runs."""

    def log(self) -> str:
        """Return the last lines that the orchestrator wrote, whatever state it is in."""

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator."""

    def stop(self, grace_s: float) -> None:
        """Send SIGTERM to the orchestrator's first process, and SIGKILL to the rest after `grace_s` seconds."""

    def start(self) -> int:
        """Restart a killed orchestrator with the same state. Return the time of the request (monotonic)."""

    def inside(self, ask: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call a function of `inside.py` inside the stack, with arguments that fit JSON. Raises `StackError`."""

    def take_down(self, database: Database) -> None:
        """Shut a database down as PostgreSQL does it fast: sessions are cut. Raises `StackError`."""

    def bring_up(self, database: Database) -> None:
        """Start a database again over its data, at the same address, and wait until it answers. Raises `StackError`."""

    def cut_off(self) -> None:
        """Disconnect the warehouse from the network without closing its sessions. Raises `StackError` if impossible."""

    def reconnect(self) -> None:
        """Give the warehouse its network back, under the same address. Raises `StackError`."""

    def confinement(self) -> Confinement:
        """Return the stack's isolation for inspection."""

    def gauge(self) -> Gauge | None:
        """Return the stack's counters, or `None` if the host does not show them."""

    def state_size(self) -> StateSize:
        """Return how much the orchestrator keeps about its runs by now. Raises `StackError`."""


class Isolation(Protocol):
    """One way to hold stacks apart."""

    kind: str
    """Its name in results and on the command line."""

    def cpus(self) -> int:
        """Return how many CPUs stacks can have at most."""

    def prepare_warehouse(self, say: Say) -> Built:
        """Build the common parts of every stack, unless they are current. Raises `BuildError`."""

    def prepare(self, manifest: Manifest, say: Say, envelope: Envelope | None = None) -> Built:
        """Build a tool's image or environment if necessary, within `envelope` like `install`. Raises `BuildError`."""

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds `prepare_warehouse` and `prepare` will take, or 0 if nothing is missing."""

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install an orchestrator's lock once, afresh and without a network. Raises `BuildError`."""

    def launch(
        self, contender: Contender, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[Running]:
        """Start a stack with fresh state, and stop it at the end of the context. Raises `StackError`.

        `port` is the preferred port of the API on this host. `program` is `SERVE` or `UNIT_TEST`.
        """

    def unconfined(self, *command: str) -> str | None:
        """Return a command's output with access to other networks, or `None` if stacks have it. Raises `StackError`."""

    def told_by_built(self, manifest: Manifest) -> list[str]:
        """Return the metadata of a stack's image: variables, labels and build commands."""

    def describe(self) -> Description:
        """Describe the isolation of stacks on this machine."""

    def examine(self) -> list[Diagnosis]:
        """Check the requirements of this isolation, and conditions that affect the numbers."""

    def remove_leftovers(self) -> int:
        """Remove leftovers of earlier runs, and return their number."""

    def remove_built(self) -> int:
        """Remove everything that `prepare` built, and return how many things there were."""


def obstacle(isolation: Isolation) -> Diagnosis | None:
    """Return why an isolation is unusable on this machine, or `None` if it is usable."""
    return next((finding for finding in isolation.examine() if finding.level == "missing"), None)
