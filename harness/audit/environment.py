"""Rules for the environment, and for every record because of it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.audit.faults import Objection, Records
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RoundRecord
from harness.results.trial_laws import SLACK, SLACK_S, beyond


def is_consistent(environment: Environment) -> Iterator[Objection]:
    """Check that the environment contradicts itself nowhere. Each value by itself is possible, or it was not read."""
    for name, times in Counter(system.name for system in environment.systems).items():
        if times > 1:
            yield Objection(ENVIRONMENT, f"systems: {name} appears {times} times")
    pinning = environment.pinning
    in_lanes = Counter(cpu for lane in pinning.lanes for cpu in lane)
    if shared := [str(cpu) for cpu, times in in_lanes.items() if times > 1 or cpu not in pinning.stacks]:
        yield Objection(ENVIRONMENT, f"pinning.lanes: CPU {', '.join(shared)} does not belong to exactly one lane")
    if environment.ended_s is not None and environment.ended_s < environment.started_s:
        yield Objection(ENVIRONMENT, "ended_s is not a time after started_s")


def idle_within_limits(end: RoundRecord, environment: Environment) -> Iterator[str]:
    """Check that a round's idle use is within the limits of its stack."""
    if profile := environment.profile(end.orchestrator, end.profile):
        idle_cpu_s = None if end.idle_cpu_cores is None else end.idle_cpu_cores * end.rest_s
        yield from beyond(
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
