"""The resource limits of a stack: CPUs, memory, and which CPUs. Only values."""

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.experiment.bounded import Figure


@dataclass(frozen=True)
class Envelope:
    """The resources that the orchestrator, and each of its databases, may use."""

    cpus: float = 2.0
    memory_bytes: int = 4 * 1024**3
    cpuset: tuple[int, ...] = ()
    """The host's CPUs that it may use. Empty for all of them."""
    state_bytes: int | None = None
    """The size of a separate disk for its state (containers only), or `None` for the host's disk."""


def fitting(envelope: Envelope, cpus: int) -> Envelope:
    """Return an envelope with at most this many CPUs."""
    return replace(envelope, cpus=min(envelope.cpus, float(cpus)))


def shortages(envelope: Envelope, cpus: int, memory_bytes: int) -> list[str]:
    """Describe each resource of which a machine has less than an envelope grants."""
    short = []
    if cpus < envelope.cpus:
        short.append(f"{cpus} CPU instead of {envelope.cpus:.0f} per stack: each stack gets {cpus}")
    if memory_bytes < envelope.memory_bytes:
        short.append(
            f"{memory_bytes / 1024**3:.1f} GiB of memory, but a stack may use "
            f"{envelope.memory_bytes / 1024**3:.0f} GiB: it may run out of memory"
        )
    return short


class Pinning(BaseModel):
    """CPUs of the host by number. If `pinned` is false, the kernel schedules everything on all of them.

    `lanes` are the CPUs of each round that runs in parallel. It is empty if one round runs at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pinned: bool
    harness: Annotated[list[Figure], Field(min_length=1)]
    stacks: Annotated[list[Figure], Field(min_length=1)]
    lanes: list[list[Figure]] = []
    sharing: Figure = 1
    """How many rounds run in parallel on the same CPUs, if no timing can be disturbed."""

    @property
    def jobs(self) -> int:
        """How many rounds run in parallel."""
        return max(self.sharing, len(self.lanes))

    @property
    def cpuset(self) -> tuple[int, ...]:
        """The CPUs that a stack is pinned to. Empty if nothing is pinned."""
        return tuple(self.stacks) if self.pinned else ()
