"""Checks if results can be joined into one, by the values that must be the same in all of them.

Commits, the harness, machines, seeds and the wording of reasons may differ. Values that could change the meaning of a
number must not.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.paths import shown
from harness.results.environment import ENVIRONMENT, System
from harness.results.result import PLAN, Result

_LONGEST_VALUE = 80

Values = dict[tuple[str, str], object]
"""The values that must be the same, by file and readable name."""


def objection(results: Sequence[Result]) -> str:
    """Say why results cannot be joined. Empty if they can."""
    for each in results:
        if reason := _unfit(each):
            return f"{shown(each.folder)} cannot be joined: {reason}"
    first, *others = results
    for place, each in enumerate(others):
        for earlier in results[: place + 1]:
            if earlier.genesis == each.genesis:
                return f"{shown(earlier.folder)} and {shown(each.folder)} are the same benchmark. Its laps count once"
        if different := _difference(first, each):
            return different
    return ""


def _unfit(result: Result) -> str:
    if result.environment.ended_s is None:
        return "it is unfinished. Finish it first with `orchbench bench --resume`"
    return ""


def _difference(one: Result, other: Result) -> str:
    """Name the first value in which two results differ, and the file of each. Empty if there is none."""
    ours, theirs = _values(one), _values(other)
    for file, what in {**ours, **theirs}:
        our, their = ours.get((file, what)), theirs.get((file, what))
        if our != their:
            return (
                f"these results cannot be joined because they differ in {what}: "
                f"{shown(one.folder / file)} has {_short(our)}, and {shown(other.folder / file)} has {_short(their)}"
            )
    return ""


def _values(result: Result) -> Values:
    environment = {(ENVIRONMENT, what): value for what, value in _environment_values(result)}
    return environment | {(PLAN, what): value for what, value in _plan_values(result)}


def _environment_values(result: Result) -> Iterator[tuple[str, object]]:
    environment = result.environment
    yield "the method", environment.method
    yield "the isolation", environment.isolation.kind
    for name, fact in sorted(environment.isolation.facts.items()):
        yield f"the isolation's {name}", fact
    yield "the CPUs of a stack", environment.cpus
    yield "the memory of a stack in bytes", environment.memory_bytes
    yield "the number of parallel rounds", environment.pinning.jobs
    for system in sorted(environment.systems, key=lambda each: each.name):
        yield from _system_values(system)


def _system_values(system: System) -> Iterator[tuple[str, object]]:
    yield f"the version of {system.name}", system.version
    yield f"the lock of {system.name}", system.lock_sha256
    yield f"the mode of {system.name}", system.mode
    for name, profile in sorted(system.profiles.items()):
        row = f"{system.name} {name}"
        yield f"the polling period of {row} in seconds", profile.poll_period_s
        yield f"the time limit of a trial of {row} in seconds", profile.trial_limit_s
        yield f"the metadata database of {row}", profile.metadata_database
        for key, setting in sorted(profile.settings.items()):
            yield f"the setting {key} of {row}", setting.value


def _plan_values(result: Result) -> Iterator[tuple[str, object]]:
    for name, scenario in sorted(result.plan.scenarios.items()):
        for field, value in scenario:
            yield f"{field} of the scenario {name}", value
    rounds: dict[str, set[str]] = {}
    for planned in result.plan.rounds:
        # The workload of the cold trial alternates from lap to lap.
        warm = Counter(trial.scenario for trial in planned.trials if not trial.cold)
        told = ", ".join(f"{count} {scenario}" for scenario, count in sorted(warm.items()))
        rest = f"{told}, and {planned.rest_s:g} s at rest"
        rounds.setdefault(f"{planned.orchestrator} {planned.profile}", set()).add(rest)
    for row, told_of_laps in sorted(rounds.items()):
        yield f"the warm trials of a round of {row}", " or ".join(sorted(told_of_laps))


def _short(value: object) -> str:
    words = "no value" if value is None else str(value)
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"
