"""Which CPUs are the harness's and which the stacks': disjoint where a machine has enough of them."""

import os
from collections.abc import Collection
from math import ceil

from harness.errors import Misuse
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


def lanes(available: Collection[int], stack_cpus: float, jobs: int) -> Pinning:
    """Give the first CPU to the harness, and to each of several rounds side by side CPUs that no other has.

    A lane is what a stack may use and one more, for what its databases do meanwhile. Raises `Misuse` where the CPUs
    do not suffice: rounds that share them would measure each other.
    """
    cpus, each = sorted(available), ceil(stack_cpus) + 1
    needed = 1 + jobs * each
    if not hasattr(os, "sched_setaffinity"):
        raise Misuse("this system does not let a process choose its CPUs, so rounds side by side would share them")
    if len(cpus) < needed:
        most = max(1, (len(cpus) - 1) // each)
        raise Misuse(
            f"{jobs} rounds side by side need {needed} CPUs ({each} for each and one for the harness), and there are "
            f"{len(cpus)}; at most: --jobs {most}"
        )
    shares = [cpus[1 + job * each : 1 + (job + 1) * each] for job in range(jobs)]
    return Pinning(pinned=True, harness=cpus[:1], stacks=[cpu for share in shares for cpu in share], lanes=shares)


def shared(available: Collection[int], jobs: int) -> Pinning:
    """Let several rounds side by side share all CPUs, where verdicts are looked for and not milliseconds."""
    cpus = sorted(available)
    return Pinning(pinned=False, harness=cpus, stacks=cpus, sharing=jobs)


def available_cpus() -> set[int]:
    """Return the CPUs that this process may run on; all of them where the host does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def keep_to(pinning: Pinning) -> None:
    """Keep this process, and those it starts, to the harness's CPUs."""
    if pinning.pinned:
        os.sched_setaffinity(0, pinning.harness)
