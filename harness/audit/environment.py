"""Rules for the environment, and for every record because of it."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.audit.faults import Objection, Records, leaves, shorten
from harness.audit.record_lines import GREATEST
from harness.results.environment import ENVIRONMENT, Environment, ResolvedProfile
from harness.results.records import RoundRecord
from harness.results.trial_laws import SLACK, SLACK_S, beyond

_SYSTEM = re.compile(r"systems\.(\d+)\.")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASHES = {
    "lock_sha256": _SHA256,
    "plan_sha256": _SHA256,
    "inputs_sha256": _SHA256,
    "commit": re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}"),
}
_MAY_BE_EMPTY = {"value", "commit"}
"""A setting's value can be empty, and a checkout from an archive has no commit."""


def is_complete(environment: Environment, records: Records) -> Iterator[Objection]:
    """Check that no value in the environment is empty or impossible, and that hashes are valid.

    A fault of a system spoils only that system's records.
    """
    for path, value in leaves(environment.model_dump(mode="json", exclude={"ended_s"})):
        if what := _flaw(path.rpartition(".")[2], value):
            own = _SYSTEM.match(path)
            name = environment.systems[int(own[1])].name if own else ""
            spoils = frozenset(each.number for each in records if each.record.orchestrator == name) if own else None
            yield Objection(ENVIRONMENT, f"{path} {what}", spoils)
    for what in _contradictions(environment):
        yield Objection(ENVIRONMENT, what)


def _flaw(name: str, value: object) -> str:
    if isinstance(value, float | int):
        return "" if 0 <= value < GREATEST else "is not a possible number"
    if value == "":
        return "" if name in _MAY_BE_EMPTY else "is empty"
    if value is not None and name in _HASHES and not _HASHES[name].fullmatch(str(value)):
        return f"is not a hash: {shorten(str(value))}"
    return ""


def _contradictions(environment: Environment) -> Iterator[str]:
    machine, pinning = environment.machine, environment.pinning
    there: dict[str, Any] = {
        "systems": environment.systems,
        "cpus": environment.cpus,
        "memory_bytes": environment.memory_bytes,
        "laps": environment.laps,
        "started_s": environment.started_s,
        "machine.cpus": machine.cpus,
        "machine.memory_bytes": machine.memory_bytes,
        "pinning.harness": pinning.harness,
        "pinning.stacks": pinning.stacks,
        **{f"systems.{system.name}.profiles": system.profiles for system in environment.systems},
    }
    yield from (f"{path} is empty" for path, amount in there.items() if not amount)
    for name, times in Counter(system.name for system in environment.systems).items():
        if times > 1:
            yield f"systems: {name} appears {times} times"
    in_lanes = Counter(cpu for lane in pinning.lanes for cpu in lane)
    if shared := [str(cpu) for cpu, times in in_lanes.items() if times > 1 or cpu not in pinning.stacks]:
        yield f"pinning.lanes: CPU {', '.join(shared)} does not belong to exactly one lane"
    if environment.ended_s is not None and not environment.started_s <= environment.ended_s < GREATEST:
        yield "ended_s is not a time after started_s"


def check_systems_known(environment: Environment, records: Records) -> Iterator[Objection]:
    """Check that each record is of a measured system, and each round's idle use within the limits."""
    for located in records:
        record = located.record
        profile = environment.profile(record.orchestrator, record.profile)
        if profile is None:
            yield located.fault(f"{ENVIRONMENT} has no {record.orchestrator} with profile {record.profile}")
        elif isinstance(record, RoundRecord):
            yield from map(located.fault, _rest_within_limits(environment, profile, record))


def _rest_within_limits(environment: Environment, profile: ResolvedProfile, end: RoundRecord) -> Iterator[str]:
    idle_cpu_s = None if end.idle_cpu_cores is None else end.idle_cpu_cores * end.rest_s
    return beyond(
        {
            "idle_rss_bytes": (end.idle_rss_bytes, environment.memory_bytes * profile.parts),
            "idle CPU time": (idle_cpu_s, SLACK * environment.cpus * profile.parts * end.rest_s + SLACK_S),
        }
    )


def in_time(environment: Environment, records: Records) -> Iterator[Objection]:
    """Check that records are in order of time, between the benchmark's start and end."""
    in_order = _longest_in_order([located.record.at_s for located in records], environment.started_s)
    latest_s = environment.started_s
    for index, located in enumerate(records):
        at_s = located.record.at_s
        if index in in_order:
            latest_s = at_s
        elif at_s < latest_s:
            yield located.fault(f"it was made {latest_s - at_s:.3f} s before the records above it")
        else:
            yield located.fault("it was made after the records below it")
    ended_s = environment.ended_s
    if ended_s is not None and (late := [each for each in records if each.record.at_s > ended_s]):
        after_s = max(each.record.at_s for each in late) - ended_s
        what = f"ended_s is {after_s:.3f} s before the last record"
        yield Objection(ENVIRONMENT, what, frozenset(each.number for each in late))


def _longest_in_order(stamps: Sequence[float], least: float) -> set[int]:
    """Return the places of the longest ordered selection of stamps, so that only the odd ones are reported."""
    lowest: list[float] = []
    """The lowest last stamp of a selection of each length, and that selection's places from the last one on."""
    selections: list[tuple[int, Any]] = []
    for place, stamp in enumerate(stamps):
        if stamp >= least:
            length = bisect_right(lowest, stamp)
            lowest[length : length + 1] = [stamp]
            selections[length : length + 1] = [(place, selections[length - 1] if length else None)]
    found, selection = set(), selections[-1] if selections else None
    while selection:
        place, selection = selection
        found.add(place)
    return found
