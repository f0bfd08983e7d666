"""How a running stack is held, as values to look at: its parts, what they may do, and what they leave outside.

Nothing is measured by it, and it is asked between runs alone.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Address:
    """Where something listens; `variable` is the manifest's name for the port, empty where it has none."""

    host: str
    port: int
    variable: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether nobody outside of its host, or of its container, reaches it."""
        return self.host.startswith("127.") or self.host == "::1"


@dataclass(frozen=True)
class Part:
    """One part of a stack: a container, a tree of processes, a volume or a network.

    `labelled` says whether a later start finds it as ours and removes it. `users` are names or numbers of those whose
    processes run in it, an empty name for what nobody chose. `reached_at` are the addresses at which this host reaches
    it. `powers` are what it may do beyond a process of its own, in a phrase each. `cpus` and `memory_bytes` are its
    limits: `None` without one, and where `limited` says that this isolation has none to give.
    """

    name: str
    labelled: bool = True
    users: tuple[str, ...] = ()
    reached_at: tuple[Address, ...] = ()
    powers: tuple[str, ...] = ()
    limited: bool = False
    cpus: float | None = None
    memory_bytes: int | None = None


class Confinement(Protocol):
    """What holds one stack apart from everything else."""

    @property
    def listens_at(self) -> Address:
        """Where `serve` was told to listen, as its own processes see it."""

    @property
    def owns_code(self) -> bool:
        """Whether the stack runs as the user who owns its code; then what it wrote there is among its `strays`."""

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command beside the orchestrator's processes, as their user and with their variables.

        Return its exit status and what it printed. Raises `StackError` where nothing of it runs.
        """

    def parts(self) -> list[Part]:
        """Return every part of the stack, also those of a compose file of its own. Raises `StackError`."""

    def strays(self) -> list[str]:
        """Return files that the orchestrator writes outside of its own folders. Raises `StackError`."""

    def left(self) -> list[str]:
        """Return what is still there of the stack, once it was taken down."""
