"""Rules for the environment, and for every record because of it."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from harness.audit.faults import Objection, Records, leaves, shorten
from harness.audit.record_lines import GREATEST
from harness.results.environment import ENVIRONMENT, Environment, ResolvedProfile
from harness.results.records import RoundRecord
from harness.results.trial_laws import SLACK, SLACK_S, beyond, no_memory_is_none

_SYSTEM = re.compile(r"systems\.(\d+)\.")
_HEX = re.compile(r"[0-9a-f]+")
_HASH_LENGTHS = {
    "lock_sha256": {64},
    "plan_sha256": {64},
    "inputs_sha256": {64},
    "commit": {40, 64},
}
_MAY_BE_EMPTY = {"value", "commit"}
"""A setting's value can be empty, and a checkout from an archive has no commit."""


def is_complete(environment: Environment, records: Records) -> Iterator[Objection]:
    """Check that no value in the environment is empty or impossible, and that hashes are valid.

    A fault of a system spoils only that system's records.
    """

    def at(path: str, what: str) -> Objection:
        own = _SYSTEM.match(path)
        name = environment.systems[int(own[1])].name if own else ""
        spoils = frozenset(each.number for each in records if each.record.orchestrator == name) if own else None
        return Objection(ENVIRONMENT, f"{path} {what}", spoils)

    for path, value in leaves(environment.model_dump(mode="json", exclude={"ended_s"})):
        name = path.rpartition(".")[2]
        if value is None:
            continue
        if isinstance(value, float | int) and (not abs(value) < GREATEST or value < 0):
            yield at(path, "is not a possible number")
        elif value == "":
            if name not in _MAY_BE_EMPTY:
                yield at(path, "is empty")
        elif name in _HASH_LENGTHS and not (_HEX.fullmatch(str(value)) and len(str(value)) in _HASH_LENGTHS[name]):
            yield at(path, f"is not a hash: {shorten(str(value))}")
    there = {
        "systems": len(environment.systems),
        "cpus": environment.cpus,
        "memory_bytes": environment.memory_bytes,
        "laps": environment.laps,
        "started_s": environment.started_s,
        "machine.cpus": environment.machine.cpus,
        "machine.memory_bytes": environment.machine.memory_bytes,
        "pinning.harness": len(environment.pinning.harness),
        "pinning.stacks": len(environment.pinning.stacks),
        **{f"systems.{system.name}.profiles": len(system.profiles) for system in environment.systems},
    }
    for path, amount in there.items():
        if not amount:
            yield Objection(ENVIRONMENT, f"{path} is empty")
    for name, times in Counter(system.name for system in environment.systems).items():
        if times > 1:
            yield Objection(ENVIRONMENT, f"systems: {name} appears {times} times")
    in_lanes = Counter(cpu for lane in environment.pinning.lanes for cpu in lane)
    if shared := [str(cpu) for cpu, times in in_lanes.items() if times > 1 or cpu not in environment.pinning.stacks]:
        yield Objection(ENVIRONMENT, f"pinning.lanes: CPU {', '.join(shared)} does not belong to exactly one lane")
    if environment.ended_s is not None and not environment.started_s <= environment.ended_s < GREATEST:
        yield Objection(ENVIRONMENT, "ended_s is not a time after started_s")


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
    most = {
        "idle_rss_bytes": (end.idle_rss_bytes, environment.memory_bytes * profile.parts),
        "idle CPU time": (idle_cpu_s, SLACK * environment.cpus * profile.parts * end.rest_s + SLACK_S),
    }
    yield from beyond(most)
    yield from no_memory_is_none("idle_rss_bytes", end.idle_rss_bytes)


def in_time(environment: Environment, records: Records) -> Iterator[Objection]:
    """Check that records are in order of time, between the benchmark's start and end."""
    in_order = _longest_in_order([located.record.at_s for located in records], environment.started_s)
    latest_s = environment.started_s
    for index, located in enumerate(records):
        if index in in_order:
            latest_s = located.record.at_s
        elif located.record.at_s < latest_s:
            yield located.fault(f"it was made {latest_s - located.record.at_s:.3f} s before the records above it")
        else:
            yield located.fault("it was made after the records below it")
    if environment.ended_s is not None:
        late = [located for located in records if located.record.at_s > environment.ended_s]
        if late:
            after_s = max(located.record.at_s for located in late) - environment.ended_s
            lines = frozenset(located.number for located in late)
            yield Objection(ENVIRONMENT, f"ended_s is {after_s:.3f} s before the last record", lines)


def _longest_in_order(stamps: Sequence[float], least: float) -> set[int]:
    """Return the places of the longest ordered selection of stamps, so that only the odd ones are reported."""
    ends: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for place, stamp in enumerate(stamps):
        length = bisect_right(ends, stamp)
        before.append(places[length - 1] if length else -1)
        if stamp < least:
            continue
        if length == len(ends):
            ends.append(stamp)
            places.append(place)
        else:
            ends[length], places[length] = stamp, place
    found = set()
    place = places[-1] if places else -1
    while place >= 0:
        found.add(place)
        place = before[place]
    return found
