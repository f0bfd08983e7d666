"""Assigns CPUs to the harness and to stacks. They are disjoint if the machine has enough."""

import os
from collections.abc import Collection
from math import ceil

from harness.errors import Misuse
from harness.experiment.envelope import Pinning

_OTHERS = 2
"""CPUs in addition to an orchestrator's: one for the harness, and one for the stack's databases."""


def pin(available: Collection[int], stack_cpus: float) -> Pinning:
    """Give the first CPU to the harness and the others to stacks, if they suffice and the host can pin (not macOS)."""
    cpus = sorted(available)
    if len(cpus) < ceil(stack_cpus) + _OTHERS or not hasattr(os, "sched_setaffinity"):
        return Pinning(pinned=False, harness=cpus, stacks=cpus)
    return Pinning(pinned=True, harness=cpus[:1], stacks=cpus[1:])


def lanes(available: Collection[int], stack_cpus: float, jobs: int) -> Pinning:
    """Give the first CPU to the harness, and separate CPUs to each parallel round.

    A lane has a stack's CPUs and one more for its databases. Raises `Misuse` if there are too few CPUs, because rounds
    that share CPUs would disturb each other.
    """
    cpus, each = sorted(available), ceil(stack_cpus) + 1
    needed = 1 + jobs * each
    if not hasattr(os, "sched_setaffinity"):
        raise Misuse("this system does not support pinning processes to CPUs, so parallel rounds would share them")
    if len(cpus) < needed:
        most = max(1, (len(cpus) - 1) // each)
        raise Misuse(
            f"{jobs} parallel rounds need {needed} CPUs ({each} per round and one for the harness), but there are only "
            f"{len(cpus)}. The maximum is --jobs {most}"
        )
    shares = [cpus[1 + job * each : 1 + (job + 1) * each] for job in range(jobs)]
    return Pinning(pinned=True, harness=cpus[:1], stacks=[cpu for share in shares for cpu in share], lanes=shares)


def shared(available: Collection[int], jobs: int) -> Pinning:
    """Let parallel rounds share all CPUs, if they give verdicts and no timings."""
    cpus = sorted(available)
    return Pinning(pinned=False, harness=cpus, stacks=cpus, sharing=jobs)


def keep_to(pinning: Pinning) -> None:
    """Pin this process and its children to the harness's CPUs."""
    if pinning.pinned:
        os.sched_setaffinity(0, pinning.harness)
