"""Every check of the contract, fastest first."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.check import code, driver, folder, lifecycle, links, lock, network, runs, second_run, secrets, stack
from harness.check.subject import Subject
from harness.check.verdict import Check, Outcome, Verdict
from harness.errors import Misuse

FILES: tuple[Check[Subject], ...] = (
    folder.files,
    folder.manifest,
    links.links,
    code.code,
    lock.lock,
    driver.driver,
    secrets.secrets,
    folder.notes,
    folder.lint,
)
"""Checks that only read files and need neither Docker nor the machine."""
STACKS: tuple[Check[Subject], ...] = (
    stack.build,
    secrets.image,
    stack.unit_test,
    stack.ready,
    stack.ui,
    stack.user,
    stack.ports,
    stack.limits,
    stack.labels,
    stack.licence,
    lifecycle.scheduler,
    network.network,
    runs.noop,
    runs.found_by_trial,
    runs.fail_once,
    runs.fail_twice,
    runs.month,
    second_run.second_run,
    second_run.fault_points,
    runs.exhaustion,
    runs.constant_delay,
    runs.etl,
    runs.attempts,
    runs.own_end,
    driver.answers,
    runs.counters,
    stack.metadata,
    stack.own_folders,
    lifecycle.restart,
    runs.noop_imports,
    lifecycle.remembers,
    lifecycle.crash("task-killed"),
    lifecycle.crash("cancelled"),
    lifecycle.stop,
    lifecycle.clean_up,
)
"""Checks of a running stack. A failure may be chance, so it is checked twice."""
CHECKS = (*FILES, *STACKS, links.pages, folder.filled_in)
"""The last two need no stack. One needs a network, and a folder from `new` runs before it is filled in."""
_IN_STACKS = {check.name for check in STACKS}
_RED = (Outcome.FAILED, Outcome.NOT_REACHED)


def until(name: str | None) -> tuple[Check[Subject], ...]:
    """Return the checks up to a name, or all without a name. Raises `Misuse` for an unknown name."""
    names = [check.name for check in CHECKS]
    if name is None:
        return CHECKS
    if name not in names:
        raise Misuse(f"unknown check {name!r}. Choose from: {', '.join(names)}")
    return CHECKS[: names.index(name) + 1]


def doubtful(verdict: Verdict) -> bool:
    """Whether a check of a stack failed. Checks of files are never repeated."""
    return verdict.outcome == Outcome.FAILED and verdict.name in _IN_STACKS


def look_again(first: Sequence[Verdict], again: Callable[[str], Verdict]) -> list[Verdict]:
    """Return the verdicts that count: the second one if a check of a stack failed or was not reached.

    Without a doubtful verdict, `first` counts. A run that hangs once in a hundred is a result for the tables, but a
    fault of the folder shows each time.
    """
    if not any(map(doubtful, first)):
        return [*first]
    return [
        replace(again(each.name), at_first=each.faults) if each.outcome in _RED and each.name in _IN_STACKS else each
        for each in first
    ]
