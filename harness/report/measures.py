"""Every number that is shown of a column, once: its words, its unit, and how its samples come out of records.

A measure is a number of which less is better. Whoever shows them chooses among them, and adds none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from harness.experiment.timeline import Phases, retry_delays_s
from harness.report.column import Column, in_rounds, once
from harness.results.records import RoundRecord, SetupRecord, TrialRecord, UnitTestRecord
from harness.statistics.samples import Sample

WORKLOADS = ("etl", "noop")
"""The workloads whose phases are shown."""
_FOOTPRINT = "setup-code-footprint"
COARSEST_WINDOW_S = 0.25
"""Windows of CPU use that are longer than this do not tell waiting from computing."""


@dataclass(frozen=True)
class Measure:
    """A number of a column, in `unit`, shown with `decimals`.

    `take` takes its samples out of a column. `once` says that a benchmark measures it once, so its only sample is the
    number. `about` is the heading of docs/method/measurement.md that defines it. `why_none` says why a column has none.
    """

    key: str
    title: str
    unit: str
    decimals: int
    about: str
    take: Callable[[Column], Sample]
    once: bool = False
    why_none: Callable[[Column], str] = lambda _column: "no valid trial"

    def sample(self, column: Column) -> Sample:
        """Return its samples of a column, taken out of the records once."""
        return _taken(self.take, column)


@cache
def _taken(take: Callable[[Column], Sample], column: Column) -> Sample:
    return take(column)


def phase(scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> Callable[[Column], Sample]:
    """Return what takes a duration out of the phases of a scenario's valid trials."""
    return lambda column: column.phase(scenario, pick, cold=cold)


def overhead_part_s(scenario: str, part: Callable[[float], float]) -> Callable[[Column], Sample]:
    """Return what takes the part of the overhead that follows from the share of waiting in it.

    The baseline has no such parts, because nothing orchestrates it: only a busy machine makes its overhead long enough.
    """

    def of_trial(trial: TrialRecord) -> list[float]:
        fine = trial.cpu_period_s is not None and trial.cpu_period_s <= COARSEST_WINDOW_S
        if trial.phases is None or trial.waiting_share is None or not fine:
            return []
        return [trial.phases.overhead_s * part(trial.waiting_share)]

    return lambda column: Sample(()) if column.system.baseline else column.sample(column.rounds_of(scenario), of_trial)


def retry_delay_s(failures: int) -> Callable[[Column], Sample]:
    """Return what takes the delays before the retries of the step that fails that often."""

    def sample(column: Column) -> Sample:
        failing = column.scenarios["retry"].failures if "retry" in column.scenarios else {}
        steps = [step for step, count in failing.items() if count == failures]
        trials = in_rounds(column.judged("retry"))
        return column.sample(trials, lambda t: [s for step in steps for s in retry_delays_s(t.events, step)])

    return sample


def retry_extra_s(column: Column) -> Sample:
    """Return what a tool adds to the configured delay before a retry, after one failure."""
    configured_s = min((each.retry_delay_s for each in column.scenarios.values()), default=0.0)
    return retry_delay_s(1)(column).shifted(-configured_s)


def first_success_s(column: Column) -> Sample:
    """Return the first successes of those rounds that began with `etl`; a `noop` succeeds sooner."""
    began_with_etl = {trial.round for trial in column.trials if trial.cold and trial.scenario == "etl"}
    return column.per_round(lambda end: end.first_success_s if end.round in began_with_etl else None)


def _state_bytes(end: RoundRecord) -> float | None:
    """Return by how much the tool's state grows with each run; what it writes meanwhile for no run is in it."""
    return end.state_bytes / end.state_runs if end.state_bytes is not None and end.state_runs else None


def _transactions(end: RoundRecord) -> float | None:
    return end.transactions / end.state_runs if end.transactions is not None and end.state_runs else None


def _no_install(column: Column) -> str:
    return f"failed: {column.setup[-1].failure}" if column.setup else "not measured"


def _no_unit_test(column: Column) -> str:
    if column.system.unit_test is None:
        return "none documented"
    if not column.unit_test_planned:
        return "this preset runs none"
    if not column.unit_tests:
        return "not measured"
    return f"failed: {column.unit_tests[-1].failure}" if column.unit_tests[-1].failure else "no counters"


def _no_memory(column: Column) -> str:
    told = any(end.idle_cpu_cores is not None for end in column.rounds)
    return "the kernel does not report the memory of processes" if told else "no valid trial"


def _no_windows(column: Column) -> str:
    told = any(trial.outcome == "valid" for trial in column.trials)
    return "its CPU readings are too coarse" if told else "no valid trial"


def _no_transactions(column: Column) -> str:
    return "no valid trial" if column.settings.metadata_database else "SQLite or none"


def _of_install(
    key: str, title: str, unit: str, decimals: int, pick: Callable[[SetupRecord], float | None], factor: float = 1
) -> Measure:
    def take(column: Column) -> Sample:
        return once(pick(column.setup[-1]) if column.setup else None, factor)

    return Measure(key, title, unit, decimals, _FOOTPRINT, take, once=True, why_none=_no_install)


def _of_unit_test(
    key: str, title: str, unit: str, decimals: int, pick: Callable[[UnitTestRecord], float | None], factor: float = 1
) -> Measure:
    def take(column: Column) -> Sample:
        return once(pick(column.unit_test) if column.unit_test else None, factor)

    return Measure(key, title, unit, decimals, _FOOTPRINT, take, once=True, why_none=_no_unit_test)


def _lines(category: str) -> Callable[[Column], Sample]:
    def take(column: Column) -> Sample:
        counted = column.code[-1].sloc.get(category) if column.code else None
        return once(None if counted is None else sum(counted.values()))

    return take


def _of_workload(scenario: str) -> list[Measure]:
    phases: list[tuple[str, str, Callable[[Phases], float]]] = [
        ("total", "total", lambda p: p.total_s),
        ("overhead", "overhead", lambda p: p.overhead_s),
        ("trigger", "trigger latency", lambda p: p.trigger_s),
        ("queue", "start latency", lambda p: p.queue_s),
        ("work", "step time", lambda p: p.work_s),
        ("hops", "between steps", lambda p: p.hops_s),
        ("finish", "completion lag", lambda p: p.finish_s),
    ]
    parts: list[tuple[str, Callable[[float], float]]] = [
        ("waiting", lambda share: share),
        ("computing", lambda share: 1 - share),
    ]
    cold = phase(scenario, lambda p: p.total_s, cold=True)
    return [
        *(
            Measure(f"{scenario}_{key}_s", title, "s", 2, "phases", phase(scenario, pick))
            for key, title, pick in phases
        ),
        *(
            Measure(f"{scenario}_{key}_s", key, "s", 2, "phases", overhead_part_s(scenario, part), why_none=_no_windows)
            for key, part in parts
        ),
        Measure(
            f"{scenario}_cold_total_s",
            "total, cold",
            "s",
            2,
            "phases",
            cold,
            why_none=lambda _column: "no round began with it yet",
        ),
    ]


MEASURES = {
    measure.key: measure
    for measure in (
        *(measure for scenario in WORKLOADS for measure in _of_workload(scenario)),
        _of_install("download_mb", "download", "MB", 0, lambda s: s.download_bytes, 1e-6),
        _of_install("packages", "packages", "", 0, lambda s: s.packages),
        _of_install("install_s", "install", "s", 1, lambda s: s.install_s),
        Measure("ready_s", "startup", "s", 1, _FOOTPRINT, lambda c: c.per_round(lambda r: r.ready_s)),
        Measure("first_success_s", "first successful run", "s", 1, _FOOTPRINT, first_success_s),
        Measure("pipeline_lines", "pipeline", "lines", 0, _FOOTPRINT, _lines("pipeline"), once=True),
        Measure("config_lines", "config", "lines", 0, _FOOTPRINT, _lines("config"), once=True),
        Measure("deployment_lines", "deployment", "lines", 0, _FOOTPRINT, _lines("deployment"), once=True),
        Measure("settings", "settings changed", "", 0, "profiles", lambda c: once(len(c.settings.settings)), once=True),
        _of_unit_test("unit_test_s", "unit test", "s", 1, lambda t: t.test_s),
        _of_unit_test("unit_test_peak_mb", "unit test: peak memory", "MB", 0, lambda t: t.peak_rss_bytes, 1e-6),
        Measure("retry_delay_1_s", "delay after 1 failure", "s", 2, "failure-and-retry", retry_delay_s(1)),
        Measure("retry_delay_2_s", "delays after 2 failures", "s", 2, "failure-and-retry", retry_delay_s(2)),
        Measure("retry_extra_s", "extra delay per retry", "s", 2, "failure-and-retry", retry_extra_s),
        Measure(
            "exhaustion_told_s",
            "failure reported after",
            "s",
            2,
            "failure-and-retry",
            phase("exhaustion", lambda p: p.finish_s),
        ),
        Measure(
            "image_mb",
            "image",
            "MB",
            0,
            _FOOTPRINT,
            lambda c: once(c.built[-1].size_bytes if c.built else None, 1e-6),
            once=True,
            why_none=lambda _column: "not built",
        ),
        Measure(
            "idle_rss_mb",
            "idle memory",
            "MB",
            0,
            _FOOTPRINT,
            lambda c: c.per_round(lambda r: r.idle_rss_bytes, 1e-6),
            why_none=_no_memory,
        ),
        Measure(
            "idle_cpu_percent",
            "idle CPU",
            "% of a core",
            1,
            _FOOTPRINT,
            lambda c: c.per_round(lambda r: r.idle_cpu_cores, 100),
        ),
        Measure(
            "etl_peak_rss_mb",
            "`etl`: peak memory",
            "MB",
            0,
            _FOOTPRINT,
            lambda c: c.per_trial("etl", lambda t: t.peak_rss_bytes, 1e-6),
            why_none=_no_memory,
        ),
        Measure("etl_cpu_s", "`etl`: CPU", "s", 1, _FOOTPRINT, lambda c: c.per_trial("etl", lambda t: t.cpu_s)),
        Measure("state_kb", "state written per run", "kB", 0, _FOOTPRINT, lambda c: c.per_round(_state_bytes, 1e-3)),
        Measure(
            "transactions",
            "transactions per run",
            "",
            0,
            _FOOTPRINT,
            lambda c: c.per_round(_transactions),
            why_none=_no_transactions,
        ),
    )
}
"""All measures, by key."""
