"""Checks if results can be joined into one, by the values that must be the same in all of them.

Commits, the harness, machines, seeds and the wording of reasons may differ. Values that could change the meaning of a
number must not.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from harness.paths import shown
from harness.results.environment import ENVIRONMENT, System, first_difference
from harness.results.result import PLAN, Result

_LONGEST_VALUE = 80


def objection(results: Sequence[Result]) -> str:
    """Say why results cannot be joined. Empty if they can."""
    for each in results:
        if each.environment.ended_s is None:
            reason = "it is unfinished. Finish it first with `orchbench bench --resume`"
            return f"{shown(each.folder)} cannot be joined: {reason}"
    for earlier, later in combinations(results, 2):
        if earlier.genesis == later.genesis:
            return f"{shown(earlier.folder)} and {shown(later.folder)} are the same benchmark. Its laps count once"
    return next(filter(None, (_difference(results[0], each) for each in results[1:])), "")


def _difference(one: Result, other: Result) -> str:
    """Name the first value in which two results differ, and the file of each. Empty if there is none."""
    different = first_difference(dict(_values(one)), dict(_values(other)))
    if different is None:
        return ""
    (file, what), our, their = different
    return (
        f"these results cannot be joined because they differ in {what}: "
        f"{shown(one.folder / file)} has {_short(our)}, and {shown(other.folder / file)} has {_short(their)}"
    )


def _values(result: Result) -> Iterator[tuple[tuple[str, str], object]]:
    """Yield the values that must be the same, by file and readable name."""
    values = result.environment.values()
    for system in sorted(result.environment.systems, key=lambda each: each.name):
        values |= _system_values(system)
    yield from (((ENVIRONMENT, what), value) for what, value in values.items())
    yield from (((PLAN, what), value) for what, value in _plan_values(result))


def _system_values(system: System) -> dict[str, object]:
    values: dict[str, object] = {
        f"the version of {system.name}": system.version,
        f"the lock of {system.name}": system.lock_sha256,
        f"the mode of {system.name}": system.mode,
    }
    for name, profile in sorted(system.profiles.items()):
        row = f"{system.name} {name}"
        values[f"the polling period of {row} in seconds"] = profile.poll_period_s
        values[f"the time limit of a trial of {row} in seconds"] = profile.trial_limit_s
        values[f"the metadata database of {row}"] = profile.metadata_database
        values |= {f"the setting {key} of {row}": each.value for key, each in sorted(profile.settings.items())}
    return values


def _plan_values(result: Result) -> Iterator[tuple[str, object]]:
    for name, scenario in sorted(result.plan.scenarios.items()):
        yield from ((f"{field} of the scenario {name}", value) for field, value in scenario)
    rounds: dict[str, set[str]] = {}
    for planned in result.plan.rounds:
        # The workload of the cold trial alternates from lap to lap.
        warm = Counter(trial.scenario for trial in planned.trials if not trial.cold)
        counts = ", ".join(f"{count} {scenario}" for scenario, count in sorted(warm.items()))
        row = f"{planned.orchestrator} {planned.profile}"
        rounds.setdefault(row, set()).add(f"{counts}, and {planned.rest_s:g} s at rest")
    for row, different in sorted(rounds.items()):
        yield f"the warm trials of a round of {row}", " or ".join(sorted(different))


def _short(value: object) -> str:
    words = "no value" if value is None else str(value)
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"
