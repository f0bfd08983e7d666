"""Which CPUs are the harness's and which the stacks': disjoint where a machine has enough of them."""

import os
from collections.abc import Collection
from math import ceil

from harness.experiment.envelope import Pinning

_OTHERS = 2
"""CPUs beside an orchestrator's own: one for the harness, one for what the stack's databases do meanwhile."""


def pin(available: Collection[int], stack_cpus: float) -> Pinning:
    """Give the first CPU to the harness and the others to the stacks, if they are enough for a stack.

    Nothing is pinned where the host does not let a process choose its CPUs (macOS).
    """
    cpus = sorted(available)
    if len(cpus) < ceil(stack_cpus) + _OTHERS or not hasattr(os, "sched_setaffinity"):
        return Pinning(pinned=False, harness=cpus, stacks=cpus)
    return Pinning(pinned=True, harness=cpus[:1], stacks=cpus[1:])


def available_cpus() -> set[int]:
    """Return the CPUs that this process may run on; all of them where the host does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def keep_to(pinning: Pinning) -> None:
    """Keep this process, and those it starts, to the harness's CPUs."""
    if pinning.pinned:
        os.sched_setaffinity(0, pinning.harness)
