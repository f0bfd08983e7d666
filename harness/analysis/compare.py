"""Compares two benchmarks: each number of one as a multiple of the other's, with its interval."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from harness.errors import HarnessError
from harness.paths import shown
from harness.report.column import Column, columns
from harness.results.environment import Environment
from harness.results.result import Result
from harness.statistics.ratios import Ratio, unpaired
from harness.statistics.samples import Sample

Verdict = Literal["more", "less", "inseparable", "one lap"]

FAR = 1.25
"""Repetitions on one machine differ by this factor, so one of them shows no smaller difference (statistics.md)."""

MEASURES: dict[str, Callable[[Column], Sample]] = {
    "etl total, s": lambda column: column.total_s("etl"),
    "etl overhead, s": lambda column: column.phase("etl", lambda phases: phases.overhead_s),
    "noop total, s": lambda column: column.total_s("noop"),
    "startup, s": lambda column: column.per_round(lambda round_: round_.ready_s),
    "etl CPU, s": lambda column: column.per_trial("etl", lambda trial: trial.cpu_s),
    "idle RSS, MB": lambda column: column.per_round(lambda round_: round_.idle_rss_bytes, 1e-6),
}
"""The compared numbers. Lower is better for all of them."""


@dataclass(frozen=True)
class Change:
    """One number of one system and profile, before and after."""

    column: str
    system: str
    profile: str
    measure: str
    before: float
    after: float
    ratio: Ratio

    @property
    def notable(self) -> bool:
        """Whether to show it: the change is significant, or large but with too few repetitions for an interval."""
        if self.ratio.interval is None:
            return not 1 / FAR <= self.ratio.value <= FAR
        return self.ratio.separable

    @property
    def verdict(self) -> Verdict:
        """The direction of a significant change, or why there is none."""
        if self.ratio.interval is None:
            return "one lap"
        if not self.ratio.separable:
            return "inseparable"
        return "more" if self.ratio.value > 1 else "less"

    def worse(self, tolerance: float) -> bool:
        """Whether the whole interval lies above 1 + tolerance."""
        return self.ratio.interval is not None and self.ratio.interval.low > 1 + tolerance


@dataclass(frozen=True)
class Comparison:
    """The differences between two benchmarks: in their circumstances, and in their numbers."""

    circumstances: list[str]
    changes: list[Change]

    def worse(self, tolerance: float) -> bool:
        """Whether any number got worse by more than the tolerance (0.05 is five percent)."""
        return any(change.worse(tolerance) for change in self.changes)


class Incomparable(HarnessError):
    """Two results must not be compared, or have no common system."""


def comparison(before: Result, after: Result, *, across_isolation: bool = False) -> Comparison:
    """Compare two sound results. Containers and processes are compared only on request (`across_isolation`).

    Raises `Incomparable` if the results differ in method or isolation, if isolations are compared across machines, or
    if the results have no common system.
    """
    old, new = before.environment, after.environment
    if old.method != new.method:
        raise Incomparable(
            f"{shown(before.folder)} was measured with method {old.method} and {shown(after.folder)} with method "
            f"{new.method}. Their numbers mean different things (see CHANGELOG.md)"
        )
    if old.isolation.kind != new.isolation.kind and not across_isolation:
        raise Incomparable(
            f"{shown(before.folder)} was measured with `{old.isolation.kind}` isolation and {shown(after.folder)} with "
            f"`{new.isolation.kind}`. To compare them anyway, add --across-isolation"
        )
    if across_isolation and old.machine != new.machine:
        raise Incomparable("a comparison across isolations needs two results from one machine, and these are from two")
    had = {column.name: column for column in columns(before)}
    both = [(had[column.name], column) for column in columns(after) if column.name in had]
    changes = [change for old_one, new_one in both for change in _changes(old_one, new_one)]
    if not changes:
        raise Incomparable(f"{shown(before.folder)} and {shown(after.folder)} have no measured system in common")
    return Comparison(_circumstances(old, new), changes)


def _changes(old: Column, new: Column) -> Iterator[Change]:
    for measure, sample_of in MEASURES.items():
        was, is_now = sample_of(old), sample_of(new)
        times = unpaired(is_now, was)
        if times and was.typical is not None and is_now.typical is not None:
            yield Change(new.name, new.system.name, new.profile, measure, was.typical, is_now.typical, times)


def _circumstances(old: Environment, new: Environment) -> list[str]:
    """List the other differences, which may explain a change."""
    said = []
    facts: list[tuple[str, object, object]] = [
        ("machine", old.machine.host, new.machine.host),
        ("CPU", f"{old.machine.cpus} × {old.machine.cpu_model}", f"{new.machine.cpus} × {new.machine.cpu_model}"),
        ("kernel", old.machine.kernel, new.machine.kernel),
        ("isolation", old.isolation.kind, new.isolation.kind),
        *(
            (fact, old.isolation.facts.get(fact), new.isolation.facts.get(fact))
            for fact in sorted(old.isolation.facts.keys() | new.isolation.facts.keys())
        ),
        ("resource limits", f"{old.cpus:g} CPUs, {old.memory_bytes} B", f"{new.cpus:g} CPUs, {new.memory_bytes} B"),
        ("rounds in parallel", old.pinning.jobs, new.pinning.jobs),
        ("preset", old.preset, new.preset),
        ("commit", old.commit[:12], new.commit[:12]),
    ]
    said += [f"{what}: {was} → {is_now}" for what, was, is_now in facts if was != is_now]
    systems = {system.name: system for system in old.systems}
    for system in new.systems:
        before = systems.get(system.name)
        if before is None:
            said.append(f"{system.title}: only in the second result")
            continue
        if before.version != system.version:
            said.append(f"{system.title}: {before.version} → {system.version}")
        elif before.lock_sha256 != system.lock_sha256:
            said.append(f"{system.title} {system.version}: different locked dependencies")
        said += [
            f"{system.title} {name}: different settings"
            for name in sorted(system.profiles.keys() & before.profiles.keys())
            if system.profiles[name].settings != before.profiles[name].settings
        ]
    gone = systems.keys() - {system.name for system in new.systems}
    return said + [f"{systems[name].title}: only in the first result" for name in sorted(gone)]
