"""What a stack may use of the machine: CPUs, memory, and which CPUs. Values only."""

from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Envelope:
    """The resources that the orchestrator, and each of its databases, may use."""

    cpus: float = 2.0
    memory_bytes: int = 4 * 1024**3
    cpuset: tuple[int, ...] = ()
    """Which CPUs of the host; empty for all of them."""
    state_bytes: int | None = None
    """How large a disk of its own its state lies on, in containers; `None` for the host's."""


def fitting(envelope: Envelope, cpus: int) -> Envelope:
    """Return an envelope that fits into a machine with so many CPUs: the same one, or as many CPUs as there are."""
    return replace(envelope, cpus=min(envelope.cpus, float(cpus)))


def shortages(envelope: Envelope, cpus: int, memory_bytes: int) -> list[str]:
    """Say in one sentence each what a machine has less of than an envelope grants."""
    short = []
    if cpus < envelope.cpus:
        short.append(f"{cpus} CPU where a stack is meant to have {envelope.cpus:.0f}: each stack gets {cpus}")
    if memory_bytes < envelope.memory_bytes:
        short.append(
            f"{memory_bytes / 1024**3:.1f} GiB of memory where a stack may use {envelope.memory_bytes / 1024**3:.0f}: "
            "it may run out of it"
        )
    return short


class Pinning(BaseModel):
    """CPUs of the host by number. Where `pinned` is false the kernel places everybody on all of them.

    `lanes` are the CPUs of each of several rounds that run side by side; there are none where one runs at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pinned: bool
    harness: list[int]
    stacks: list[int]
    lanes: list[list[int]] = []
    sharing: int = 1
    """How many rounds run side by side on the same CPUs, where nothing is timed that they would disturb."""

    @property
    def jobs(self) -> int:
        """How many rounds run side by side."""
        return max(self.sharing, len(self.lanes))

    @property
    def cpuset(self) -> tuple[int, ...]:
        """The CPUs that a stack is held to; empty where nothing is pinned."""
        return tuple(self.stacks) if self.pinned else ()
