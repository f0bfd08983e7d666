"""Compares two benchmarks: each number of one as a multiple of the other's, with its interval."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from harness.errors import HarnessError
from harness.paths import shown
from harness.report.lineup import lineup_of
from harness.report.measures import MEASURES
from harness.report.row import Row
from harness.results.environment import Environment
from harness.results.result import Result
from harness.statistics.ratios import Ratio, unpaired

Verdict = Literal["more", "less", "inseparable", "one lap"]

FAR = 1.25
"""Repetitions on one machine differ by this factor, so one of them shows no smaller difference (statistics.md)."""

COMPARED = {
    "etl total, s": MEASURES["etl_total_s"],
    "etl overhead, s": MEASURES["etl_overhead_s"],
    "noop total, s": MEASURES["noop_total_s"],
    "startup, s": MEASURES["ready_s"],
    "etl CPU, s": MEASURES["etl_cpu_s"],
    "idle RSS, MB": MEASURES["idle_rss_mb"],
}
"""The compared measures."""


@dataclass(frozen=True)
class Change:
    """One number of one system and profile, before and after."""

    name: str
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
    had = {row.name: row for row in lineup_of(before).rows}
    both = [(had[row.name], row) for row in lineup_of(after).rows if row.name in had]
    changes = [change for was, now in both for change in _changes(was, now)]
    if not changes:
        raise Incomparable(f"{shown(before.folder)} and {shown(after.folder)} have no measured system in common")
    return Comparison(_circumstances(old, new), changes)


def _changes(old: Row, new: Row) -> Iterator[Change]:
    for words, measure in COMPARED.items():
        was, now = measure.sample(old), measure.sample(new)
        times = unpaired(now, was)
        if times and was.typical is not None and now.typical is not None:
            yield Change(new.name, new.system.name, new.profile, words, was.typical, now.typical, times)


def _circumstances(old: Environment, new: Environment) -> list[str]:
    """List the other differences, which can explain a change."""
    was, now = _facts(old), _facts(new)
    said = [f"{what}: {was.get(what)} → {now.get(what)}" for what in {**was, **now} if was.get(what) != now.get(what)]
    systems = {system.name: system for system in old.systems}
    for system in new.systems:
        before = systems.pop(system.name, None)
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
    return said + [f"{systems[name].title}: only in the first result" for name in sorted(systems)]


def _facts(environment: Environment) -> dict[str, object]:
    machine, isolation = environment.machine, environment.isolation
    return {
        "machine": machine.host,
        "CPU": f"{machine.cpus} × {machine.cpu_model}",
        "kernel": machine.kernel,
        "isolation": isolation.kind,
        **dict(sorted(isolation.facts.items())),
        "resource limits": f"{environment.cpus:g} CPUs, {environment.memory_bytes} B",
        "rounds in parallel": environment.pinning.jobs,
        "preset": environment.preset,
        "commit": environment.commit[:12],
    }
