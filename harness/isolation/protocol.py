"""How a stack is held apart: what every isolation can do, and what a running stack can be asked.

Nothing above this room asks which isolation it is, or holds an object of an engine.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, ParamSpec, Protocol, TypeVar

from harness.errors import Failure
from harness.experiment.envelope import Envelope
from harness.isolation.confinement import Confinement
from harness.isolation.databases import Access
from harness.isolation.exchange import Exchange
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.manifest import Manifest

SERVE = "pipeline/serve"
UNIT_TEST = "reference/run_unit_test.py"
"""The programs that a stack may run, each a path in what `prepare` built."""

Database = Literal["warehouse", "metadata"]

BUILD_LIMIT_S = 3600
"""How long one command of a build may take: downloads of a slow line are in it."""

Say = Callable[[str], None]
"""Takes one line about what is being done."""
P = ParamSpec("P")
T = TypeVar("T")


class StackError(Failure):
    """A stack did not come up or went away; `log` holds the last lines of the part of it that failed."""


class BuildError(Failure):
    """A build, a download or an install failed for good; the message holds the last lines of its output."""


@dataclass(frozen=True)
class Install:
    """What the install of a lock took: bytes and number of its wheels, and seconds from a local folder of them."""

    download_bytes: int
    packages: int
    seconds: float


@dataclass(frozen=True)
class Built:
    """Something that a stack runs from: an image, an environment.

    `inputs_sha256` is the digest of all that went into it: two of the same inputs are alike, whatever their ids.
    `install` is what the install of its lock took, `None` where that was not this call's work.
    """

    id: str
    inputs_sha256: str
    size_bytes: int
    install: Install | None = None


@dataclass(frozen=True)
class Description:
    """An isolation as a result names it: its kind, one phrase for a person, and single facts to compare.

    `caveats` say, in one sentence each, what is not as in containers.
    """

    kind: str
    summary: str
    facts: Mapping[str, str]
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that `doctor` looked at: `missing` stops a benchmark, `warning` shows in its numbers."""

    level: Literal["ok", "warning", "missing"]
    what: str
    remedy: str = ""


def unlimited_swap(what: str) -> Finding:
    """Return the warning of a machine that cannot limit swap; `what` says who cannot."""
    return Finding(
        "warning",
        f"{what}, so a stack that needs more memory than its share becomes slow instead of being killed",
        "boot with the kernel's parameter swapaccount=1, or: sudo swapoff -a",
    )


@dataclass(frozen=True)
class StateSize:
    """How much an orchestrator keeps: bytes of its state folder and metadata database, and transactions of that so far.

    `transactions` is `None` without a metadata database of its own.
    """

    size_bytes: int
    transactions: int | None


class Gauge(Protocol):
    """Counters of a running stack. The orchestrator's figures include its metadata database."""

    @property
    def period_s(self) -> float:
        """How often memory may be read without disturbing what is measured, in seconds."""

    @property
    def cpu_period_s(self) -> float:
        """How often CPU time may be read without disturbing what is measured, in seconds."""

    def rss_bytes(self) -> int | None:
        """Return the resident anonymous memory of the orchestrator, in bytes; `None` where the kernel does not tell it.

        Raises `CgroupError` where the counters are gone.
        """

    def cpu_s(self) -> float:
        """Return the CPU time of the orchestrator since it started, in seconds."""

    def stack_cpu_s(self) -> float:
        """Return the CPU time of the whole stack since it started, in seconds."""


class Running(Protocol):
    """One orchestrator, its warehouse, and its metadata database if it has one, as they run."""

    @property
    def name(self) -> str:
        """The stack's own name, which nothing else on the machine has."""

    @property
    def endpoint(self) -> Endpoint:
        """Where the orchestrator's API is reached."""

    @property
    def warehouse(self) -> Access:
        """How the warehouse is reached from here."""

    @property
    def exchange(self) -> Exchange:
        """The folder that harness and pipeline share."""

    @property
    def started_ns(self) -> int:
        """When the start was asked for (monotonic)."""

    def alive(self) -> bool:
        """Whether the orchestrator's first process runs."""

    def log(self) -> str:
        """Return the last lines that the orchestrator wrote, whatever state it is in."""

    def kill(self) -> None:
        """SIGKILL every process of the orchestrator."""

    def stop(self, grace_s: float) -> None:
        """SIGTERM the orchestrator's first process, and SIGKILL what is left of it after `grace_s` seconds."""

    def start(self) -> int:
        """Start a killed orchestrator again over the same state; return when that was asked for (monotonic)."""

    def inside(self, ask: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call a function of `inside.py` among the orchestrator's processes; return what it does. Raises `StackError`.

        What it is given and what it returns travel as JSON.
        """

    def take_down(self, database: Database) -> None:
        """Shut a database down as PostgreSQL does it fast: sessions are cut. Raises `StackError`."""

    def bring_up(self, database: Database) -> None:
        """Start a database again over its data, at the same address, and wait until it answers. Raises `StackError`."""

    def cut_off(self) -> None:
        """Cut the warehouse off from everybody, its sessions left open. Raises `StackError` where that cannot be."""

    def reconnect(self) -> None:
        """Give the warehouse its network back, under the same address. Raises `StackError`."""

    def confinement(self) -> Confinement:
        """Return what holds the stack apart, to be looked at."""

    def gauge(self) -> Gauge | None:
        """Return the stack's counters; `None` where the host does not show them."""

    def state_size(self) -> StateSize:
        """Return how much the orchestrator keeps about its runs by now. Raises `StackError`."""


class Isolation(Protocol):
    """One way to hold stacks apart."""

    @property
    def kind(self) -> str:
        """Its name in results and on the command line."""

    def obstacle(self) -> Finding | None:
        """Return why this isolation cannot be used on this machine; `None` where it can."""

    def cpus(self) -> int:
        """Return how many CPUs stacks can have at most."""

    def prepare_warehouse(self, say: Say) -> Built:
        """Build what every stack needs; do nothing where nothing changed. Raises `BuildError`."""

    def prepare(self, manifest: Manifest, say: Say, envelope: Envelope | None = None) -> Built:
        """Build what an orchestrator runs from; do nothing where nothing changed. Raises `BuildError`.

        Its lock is installed as `install` does it, under the limits of `envelope`: who looks at no time needs none.
        """

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds `prepare_warehouse` and `prepare` will take for what is missing; 0 for none."""

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install an orchestrator's lock once, afresh and without a network. Raises `BuildError`."""

    def launch(
        self, manifest: Manifest, profile: str, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[Running]:
        """Start a stack with fresh state, and take it down at the end of the context.

        `port` is the wanted port of the API on this host; another is taken where it is in use. `program` is `SERVE` or
        `UNIT_TEST`. Raises `StackError`.
        """

    def unconfined(self, *command: str) -> str | None:
        """Return what a command prints in surroundings alike a stack's that have a way out.

        `None` where stacks have no network of their own, and so nothing to be told apart. Raises `StackError`.
        """

    def told_by_built(self, manifest: Manifest) -> list[str]:
        """Return what the thing that a stack runs from tells of itself: variables, labels, how it was made."""

    def describe(self) -> Description:
        """Say how stacks are held apart on this machine."""

    def examine(self) -> list[Finding]:
        """Look at what this isolation needs, and at what shows in the numbers."""

    def remove_leftovers(self) -> int:
        """Remove what earlier runs left behind, and return how many things there were."""

    def remove_built(self) -> int:
        """Remove everything that `prepare` built, and return how many things there were."""
