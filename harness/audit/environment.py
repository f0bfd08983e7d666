"""What must hold of the environment, and of every record because of it."""

import re
from collections import Counter
from collections.abc import Iterator

from harness.audit.faults import Fault, Records, leaves, shorten
from harness.audit.record_lines import GREATEST
from harness.results.environment import ENVIRONMENT, Environment, Profile
from harness.results.records import RoundRecord, TrialRecord

_NO_MEMORY_IS_NONE = 4
"""From this format on, memory that is not known is null."""
_SLACK, _SLACK_S = 1.1, 0.5
"""A quota of CPU time is kept from period to period, not to the microsecond."""
_READING_S = 0.5
"""How much longer than the trial the readings before and after it may lie apart: there every CPU counts."""
_PRESSURE_SLACK_S = 2.5
"""The kernel brings its totals of pressure up to date every 2 s (kernel/sched/psi.c, PSI_FREQ)."""

_HEX = re.compile(r"[0-9a-f]+")
_HASH_LENGTHS = {
    "lock_sha256": {64},
    "plan_sha256": {64},
    "inputs_sha256": {64},
    "commit": {40, 64},
    "carried_from": {64},
}
_MAY_BE_EMPTY = {"value", "commit"}
"""A setting may be an empty value, and a checkout that was unpacked from an archive has no commit."""


def is_complete(environment: Environment) -> Iterator[Fault]:
    """Check that nothing in the environment is empty or impossible, and that hashes are hashes."""
    for path, value in leaves(environment.model_dump(mode="json", exclude={"ended_s"})):
        name = path.rpartition(".")[2]
        if value is None:
            continue
        if isinstance(value, float | int) and (not abs(value) < GREATEST or value < 0):
            yield Fault(ENVIRONMENT, f"{path} is no possible figure")
        elif value == "":
            if name not in _MAY_BE_EMPTY:
                yield Fault(ENVIRONMENT, f"{path} is empty")
        elif name in _HASH_LENGTHS and not (_HEX.fullmatch(str(value)) and len(str(value)) in _HASH_LENGTHS[name]):
            yield Fault(ENVIRONMENT, f"{path} is no hash: {shorten(str(value))}")
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
            yield Fault(ENVIRONMENT, f"{path} is empty")
    for name, times in Counter(system.name for system in environment.systems).items():
        if times > 1:
            yield Fault(ENVIRONMENT, f"systems: {name} is there {times} times")
    in_lanes = Counter(cpu for lane in environment.pinning.lanes for cpu in lane)
    if shared := [str(cpu) for cpu, times in in_lanes.items() if times > 1 or cpu not in environment.pinning.stacks]:
        yield Fault(ENVIRONMENT, f"pinning.lanes: CPU {', '.join(shared)} is not one lane's own")
    if environment.ended_s is not None and not environment.started_s <= environment.ended_s < GREATEST:
        yield Fault(ENVIRONMENT, "ended_s is no moment after started_s")


def made_under(environment: Environment, records: Records) -> Iterator[Fault]:
    """Check that each record is of a system that took part, and within what the envelope allows."""
    profiles = {(system.name, name): each for system in environment.systems for name, each in system.profiles.items()}
    for located in records:
        record = located.record
        profile = profiles.get((record.orchestrator, record.profile))
        if profile is None:
            yield located.fault(f"{ENVIRONMENT} knows no {record.orchestrator} with profile {record.profile}")
        elif isinstance(record, TrialRecord):
            yield from map(located.fault, _trial_within_limits(environment, profile, record))
        elif isinstance(record, RoundRecord):
            yield from map(located.fault, _rest_within_limits(environment, profile, record))


def _trial_within_limits(environment: Environment, profile: Profile, trial: TrialRecord) -> Iterator[str]:
    containers = 2 if profile.metadata_database else 1
    elapsed_s = (trial.finished_ns - trial.sent_ns) / 1e9
    everybody_s = _SLACK * environment.machine.cpus * (elapsed_s + _READING_S)
    most = {
        "phase_offset_s": (trial.phase_offset_s, profile.poll_period_s),
        "peak_rss_bytes": (trial.peak_rss_bytes, environment.memory_bytes * containers),
        "cpu_s": (trial.cpu_s, _SLACK * environment.cpus * containers * elapsed_s + _SLACK_S),
        "foreign_cpu_s": (trial.foreign_cpu_s, everybody_s),
        "steal_s": (trial.steal_s, everybody_s),
        "waiting_share": (trial.waiting_share, 1.0),
        "pressure_s": (trial.pressure_s, _SLACK * elapsed_s + _PRESSURE_SLACK_S),
    }
    yield from _beyond(most)
    yield from _nothing(environment, "peak_rss_bytes", trial.peak_rss_bytes)


def _rest_within_limits(environment: Environment, profile: Profile, end: RoundRecord) -> Iterator[str]:
    containers = 2 if profile.metadata_database else 1
    idle_cpu_s = None if end.idle_cpu_cores is None else end.idle_cpu_cores * end.rest_s
    most = {
        "idle_rss_bytes": (end.idle_rss_bytes, environment.memory_bytes * containers),
        "CPU time at rest": (idle_cpu_s, _SLACK * environment.cpus * containers * end.rest_s + _SLACK_S),
    }
    yield from _beyond(most)
    yield from _nothing(environment, "idle_rss_bytes", end.idle_rss_bytes)


def _nothing(environment: Environment, name: str, memory_bytes: int | None) -> Iterator[str]:
    """Check that no memory is 0: that is a kernel which does not tell it."""
    if environment.format >= _NO_MEMORY_IS_NONE and memory_bytes == 0:
        yield f"{name} is 0: what the kernel does not tell is null"


def _beyond(most: dict[str, tuple[float | None, float]]) -> Iterator[str]:
    for name, (figure, limit) in most.items():
        if figure is not None and figure > limit:
            yield f"{name} is {figure:g}, at most {limit:g} is possible"


def in_time(environment: Environment, records: Records) -> Iterator[Fault]:
    """Check that records were made one after the other, between the benchmark's start and its end."""
    latest_s = environment.started_s
    for located in records:
        if located.record.at_s < latest_s:
            yield located.fault(f"it was made {latest_s - located.record.at_s:.3f} s before what stands before it")
        latest_s = max(latest_s, located.record.at_s)
    if environment.ended_s is not None and latest_s > environment.ended_s:
        yield Fault(ENVIRONMENT, f"ended_s is {latest_s - environment.ended_s:.3f} s before the last record")
