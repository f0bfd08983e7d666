"""What changed between two benchmarks: each number of one as a multiple of the other's, with its interval."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.environment import Environment
from harness.report.column import Column, columns
from harness.report.sound import read_sound
from harness.stats import Ratio, Sample, ratio

Verdict = Literal["more", "less", "inseparable", "n/a"]

MEASURES: dict[str, Callable[[Column], Sample]] = {
    "etl total, s": lambda column: column.total_s("etl"),
    "etl overhead, s": lambda column: column.phase("etl", lambda phases: phases.overhead_s),
    "noop total, s": lambda column: column.total_s("noop"),
    "ready, s": lambda column: column.per_round(lambda round_: round_.ready_s),
    "etl CPU, s": lambda column: column.per_trial("etl", lambda trial: trial.cpu_s),
    "at rest: RSS, MB": lambda column: column.per_round(lambda round_: round_.idle_rss_bytes, 1e-6),
}
"""What is compared; of all of these less is better."""


@dataclass(frozen=True)
class Change:
    """One number of one column, before and after."""

    column: str
    measure: str
    before: float
    after: float
    ratio: Ratio

    @property
    def verdict(self) -> Verdict:
        """Which way it went, if it is sure that it went any; `n/a` for too few samples."""
        if self.ratio.interval is None:
            return "n/a"
        if not self.ratio.separable:
            return "inseparable"
        return "more" if self.ratio.value > 1 else "less"

    def worse(self, tolerance: float) -> bool:
        """Whether the whole interval lies above 1 + tolerance."""
        return self.ratio.interval is not None and self.ratio.interval.low > 1 + tolerance


@dataclass(frozen=True)
class Comparison:
    """Two benchmarks side by side: how their circumstances differ, and what changed."""

    circumstances: list[str]
    changes: list[Change]

    def worse(self, tolerance: float) -> bool:
        """Whether any number got worse by more than the tolerance (0.05 is five percent)."""
        return any(change.worse(tolerance) for change in self.changes)


class Incomparable(Exception):
    """Two benchmarks have no system in common."""


def comparison(before: Path, after: Path) -> Comparison:
    """Compare two benchmarks' folders.

    Raises `RecordError` when one is no benchmark's, `NotSound` when one does not pass the audit and `Incomparable`
    when they share no system.
    """
    (old, had_records), (new, has_records) = read_sound(before), read_sound(after)
    had = {column.name: column for column in columns(old, had_records)}
    changes = [
        change
        for column in columns(new, has_records)
        if column.name in had
        for measure in MEASURES
        if (change := _change(had[column.name], column, measure))
    ]
    if not changes:
        raise Incomparable(f"{before} and {after} have no system in common that both measured")
    return Comparison(_circumstances(old, new), changes)


def _change(old: Column, new: Column, measure: str) -> Change | None:
    was, is_now = MEASURES[measure](old), MEASURES[measure](new)
    found = ratio(is_now, was)
    if found is None or was.median is None or is_now.median is None:
        return None
    return Change(new.name, measure, was.median, is_now.median, found)


def _circumstances(old: Environment, new: Environment) -> list[str]:
    """Say what else differs, which may be the reason for a change."""
    said = []
    facts: list[tuple[str, object, object]] = [
        ("machine", old.machine.host, new.machine.host),
        ("CPU", f"{old.machine.cpus} × {old.machine.cpu_model}", f"{new.machine.cpus} × {new.machine.cpu_model}"),
        ("kernel", old.machine.kernel, new.machine.kernel),
        ("engine", old.engine.version, new.engine.version),
        ("storage driver", old.engine.storage_driver, new.engine.storage_driver),
        ("envelope", f"{old.cpus:g} CPUs, {old.memory_bytes} B", f"{new.cpus:g} CPUs, {new.memory_bytes} B"),
        ("preset", old.preset, new.preset),
        ("commit", old.commit[:12], new.commit[:12]),
    ]
    said += [f"{what}: {was} → {is_now}" for what, was, is_now in facts if was != is_now]
    systems = {system.name: system for system in old.systems}
    for system in new.systems:
        before = systems.get(system.name)
        if before is None:
            said.append(f"{system.title}: only in the second")
            continue
        if before.version != system.version:
            said.append(f"{system.title}: {before.version} → {system.version}")
        elif before.lock_sha256 != system.lock_sha256:
            said.append(f"{system.title}: another lock, of the same {system.version}")
        said += [
            f"{system.title} {name}: other settings"
            for name in sorted(system.profiles.keys() & before.profiles.keys())
            if system.profiles[name].settings != before.profiles[name].settings
        ]
    gone = systems.keys() - {system.name for system in new.systems}
    return said + [f"{systems[name].title}: only in the first" for name in sorted(gone)]
