"""What a stack may use of the machine: CPUs, memory, and which CPUs. Values only."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Envelope:
    """The resources that the orchestrator, and each of its databases, may use."""

    cpus: float = 2.0
    memory_bytes: int = 4 * 1024**3
    cpuset: tuple[int, ...] = ()
    """Which CPUs of the host; empty for all of them."""


class Pinning(BaseModel):
    """CPUs of the host by number. Where `pinned` is false the kernel places everybody on all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pinned: bool
    harness: list[int]
    stacks: list[int]

    @property
    def cpuset(self) -> tuple[int, ...]:
        """The CPUs that a stack is held to; empty where nothing is pinned."""
        return tuple(self.stacks) if self.pinned else ()
