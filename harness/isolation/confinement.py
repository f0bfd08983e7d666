"""A running stack's isolation as values: its parts, their privileges, and files that they leave outside."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Address:
    """An address at which something listens. `variable` is the manifest's name for the port, or empty."""

    host: str
    port: int
    variable: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether it is unreachable from outside its host or its container."""
        return self.host.startswith("127.") or self.host == "::1"


@dataclass(frozen=True)
class Part:
    """A container, a tree of processes, a volume or a network of a stack.

    `labelled`: a later start finds and removes it. `users`: of its processes, empty for the default. `powers`: extra
    privileges, in a phrase each. `limited`: this isolation sets limits, which are `cpus` and `memory_bytes`.
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
        """The address at which `serve` should listen, as its own processes see it."""

    @property
    def owns_code(self) -> bool:
        """Whether the stack's user owns its code. Then files that it writes there are among its `strays`."""

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command as and where `serve` runs. Return its exit status and output. Raises `StackError`."""

    def parts(self) -> list[Part]:
        """Return every part of the stack, including those of its own compose file. Raises `StackError`."""

    def strays(self) -> list[str]:
        """Return files that the orchestrator writes outside its own folders. Raises `StackError`."""

    def left(self) -> list[str]:
        """Return the leftovers of the stack after it was taken down."""
