"""All measures: each number of a row with its words, its unit, and how its samples come from the records.

Lower is better for every measure. Tables, page and data files select from these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.experiment.timeline import Phases, retry_delays_s
from harness.report.row import Row, in_rounds, once
from harness.results.records import RoundRecord, SetupRecord, TrialRecord, UnitTestRecord
from harness.statistics.samples import Sample

WORKLOADS = ("etl", "noop")
"""The workloads whose phases are shown."""
COARSEST_WINDOW_S = 0.25
"""Longer windows of CPU use do not separate waiting from computing."""
_Take = Callable[[Row], Sample]


@dataclass(frozen=True)
class Measure:
    """A number of a row, in `unit`, shown with `decimals`.

    `take` takes its samples from a row. `once` is true if a benchmark measures it once, so its only sample is the
    number. `about` is its heading in docs/method/measurement.md. `why_none` says why a row has no number.
    """

    key: str
    title: str
    unit: str
    decimals: int
    take: _Take
    why_none: Callable[[Row], str] = lambda _row: "no valid trial"
    about: str = "setup-code-footprint"
    once: bool = False

    def sample(self, row: Row) -> Sample:
        """Return the measure's samples of a row. They are taken only once."""
        if self.key not in row.samples:
            row.samples[self.key] = self.take(row)
        return row.samples[self.key]

    def typical(self, row: Row) -> float | None:
        """Return the measure's number of a row, or `None` without samples."""
        return self.sample(row).typical

    @property
    def workload(self) -> str:
        """The workload whose runs it measures. Empty if it has none."""
        return workload_of(self.key)


def workload_of(key: str) -> str:
    """Return the workload in the key of a measure or fact. Empty if it has none."""
    return next((name for name in WORKLOADS if key.startswith(f"{name}_")), "")


def waiting_share(row: Row) -> float | None:
    """Return the share of waiting in the overhead of `etl`. `None` if it is unknown."""
    waiting, computing = (MEASURES[f"etl_{part}_s"].typical(row) for part in ("waiting", "computing"))
    if waiting is None or computing is None or waiting + computing <= 0:
        return None
    return waiting / (waiting + computing)


def _phase(scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> _Take:
    """Take a duration from the phases of a scenario's valid trials."""
    return lambda row: row.sample(row.rounds_of(scenario, cold=cold), lambda t: [pick(t.phases)] if t.phases else [])


def _overhead_part_s(scenario: str, part: Callable[[float], float]) -> _Take:
    """Take a part of the overhead, given the share of waiting in it.

    The baseline has no such parts, because nothing orchestrates it. Only a busy machine makes its overhead long.
    """

    def of_trial(trial: TrialRecord) -> list[float]:
        fine = trial.cpu_period_s is not None and trial.cpu_period_s <= COARSEST_WINDOW_S
        if trial.phases is None or trial.waiting_share is None or not fine:
            return []
        return [trial.phases.overhead_s * part(trial.waiting_share)]

    return lambda row: Sample(()) if row.system.baseline else row.sample(row.rounds_of(scenario), of_trial)


def _retry_delay_s(failures: int) -> _Take:
    """Take the delays before the retries of the step that fails this often."""

    def take(row: Row) -> Sample:
        failing = row.plan.scenarios["retry"].failures if "retry" in row.plan.scenarios else {}
        steps = [step for step, count in failing.items() if count == failures]
        trials = in_rounds(row.judged("retry"))
        return row.sample(trials, lambda t: [s for step in steps for s in retry_delays_s(t.events, step)])

    return take


def _retry_extra_s(row: Row) -> Sample:
    configured_s = min((each.retry_delay_s for each in row.plan.scenarios.values()), default=0.0)
    return _retry_delay_s(1)(row).shifted(-configured_s)


def _first_success_s(row: Row) -> Sample:
    """Take only rounds that began with `etl`, because a `noop` succeeds sooner."""
    began_with_etl = {trial.round for trial in row.trials if trial.cold and trial.scenario == "etl"}
    return _per_round(lambda end: end.first_success_s if end.round in began_with_etl else None)(row)


def _state_bytes(end: RoundRecord) -> float | None:
    """Return the growth of the tool's state per run, which includes what it writes between runs."""
    return end.state_bytes / end.state_runs if end.state_bytes is not None and end.state_runs else None


def _transactions(end: RoundRecord) -> float | None:
    return end.transactions / end.state_runs if end.transactions is not None and end.state_runs else None


def _peak_rss_bytes(record: TrialRecord | UnitTestRecord) -> float | None:
    return record.peak_rss_bytes


def _settings(row: Row) -> Sample:
    return once(len(row.settings.settings))


def _image_mb(row: Row) -> Sample:
    return once(row.built[-1].size_bytes if row.built else None, 1e-6)


def _of_install(pick: Callable[[SetupRecord], float | None], factor: float = 1) -> _Take:
    return lambda row: once(pick(row.setup[-1]) if row.setup else None, factor)


def _of_unit_test(pick: Callable[[UnitTestRecord], float | None], factor: float = 1) -> _Take:
    return lambda row: once(pick(row.unit_test) if row.unit_test else None, factor)


def _per_round(pick: Callable[[RoundRecord], float | None], factor: float = 1) -> _Take:
    return lambda row: row.sample(in_rounds(row.rounds), lambda end: _known(pick(end), factor))


def _per_trial(pick: Callable[[TrialRecord], float | None], factor: float = 1) -> _Take:
    """Take a value of each warm trial of `etl`."""
    return lambda row: row.sample(row.rounds_of("etl"), lambda trial: _known(pick(trial), factor))


def _known(value: float | None, factor: float) -> list[float]:
    return [] if value is None else [value * factor]


def _lines(category: str) -> Measure:
    def take(row: Row) -> Sample:
        counted = row.code[-1].sloc.get(category) if row.code else None
        return once(None if counted is None else sum(counted.values()))

    return Measure(f"{category}_lines", category, "lines", 0, take, once=True)


def _no_install(row: Row) -> str:
    return f"failed: {row.setup[-1].failure}" if row.setup else "not measured"


def _no_unit_test(row: Row) -> str:
    if row.system.unit_test is None:
        return "none documented"
    if not row.plan.unit_tests:
        return "this preset runs none"
    if not row.unit_tests:
        return "not measured"
    return f"failed: {row.unit_tests[-1].failure}" if row.unit_tests[-1].failure else "no counters"


def _no_memory(row: Row) -> str:
    other = any(end.idle_cpu_cores is not None for end in row.rounds)
    return "the kernel does not report the memory of processes" if other else "no valid trial"


def _no_windows(row: Row) -> str:
    valid = any(trial.outcome == "valid" for trial in row.trials)
    return "its CPU readings are too coarse" if valid else "no valid trial"


def _no_transactions(row: Row) -> str:
    return "no valid trial" if row.settings.metadata_database else "SQLite or none"


def _of_workload(name: str) -> list[Measure]:
    phase = partial(Measure, unit="s", decimals=2, about="phases")
    phases: list[tuple[str, str, Callable[[Phases], float]]] = [
        ("total", "total", lambda p: p.total_s),
        ("overhead", "overhead", lambda p: p.overhead_s),
        ("trigger", "trigger latency", lambda p: p.trigger_s),
        ("queue", "start latency", lambda p: p.queue_s),
        ("work", "step time", lambda p: p.work_s),
        ("hops", "between steps", lambda p: p.hops_s),
        ("finish", "completion lag", lambda p: p.finish_s),
    ]
    waiting = _overhead_part_s(name, lambda share: share)
    computing = _overhead_part_s(name, lambda share: 1 - share)
    cold = _phase(name, lambda p: p.total_s, cold=True)
    return [
        *(phase(f"{name}_{key}_s", title, take=_phase(name, pick)) for key, title, pick in phases),
        phase(f"{name}_waiting_s", "waiting", take=waiting, why_none=_no_windows),
        phase(f"{name}_computing_s", "computing", take=computing, why_none=_no_windows),
        phase(f"{name}_cold_total_s", "total, cold", take=cold, why_none=lambda _row: "no round began with it yet"),
    ]


_install = partial(Measure, once=True, why_none=_no_install)
_unit_test = partial(Measure, once=True, why_none=_no_unit_test)
_retry = partial(Measure, unit="s", decimals=2, about="failure-and-retry")
MEASURES = {
    measure.key: measure
    for measure in (
        *(measure for name in WORKLOADS for measure in _of_workload(name)),
        _install("download_mb", "download", "MB", 0, _of_install(lambda s: s.download_bytes, 1e-6)),
        _install("packages", "packages", "", 0, _of_install(lambda s: s.packages)),
        _install("install_s", "install", "s", 1, _of_install(lambda s: s.install_s)),
        Measure("ready_s", "startup", "s", 1, _per_round(lambda end: end.ready_s)),
        Measure("first_success_s", "first successful run", "s", 1, _first_success_s),
        *map(_lines, ("pipeline", "config", "deployment")),
        Measure("settings", "settings changed", "", 0, _settings, about="profiles", once=True),
        _unit_test("unit_test_s", "unit test", "s", 1, _of_unit_test(lambda test: test.test_s)),
        _unit_test("unit_test_peak_mb", "unit test: peak memory", "MB", 0, _of_unit_test(_peak_rss_bytes, 1e-6)),
        _retry("retry_delay_1_s", "delay after 1 failure", take=_retry_delay_s(1)),
        _retry("retry_delay_2_s", "delays after 2 failures", take=_retry_delay_s(2)),
        _retry("retry_extra_s", "extra delay per retry", take=_retry_extra_s),
        _retry("exhaustion_told_s", "failure reported after", take=_phase("exhaustion", lambda p: p.finish_s)),
        Measure("image_mb", "image", "MB", 0, _image_mb, lambda _row: "not built", once=True),
        Measure("idle_rss_mb", "idle memory", "MB", 0, _per_round(lambda end: end.idle_rss_bytes, 1e-6), _no_memory),
        Measure("idle_cpu_percent", "idle CPU", "% of a core", 1, _per_round(lambda end: end.idle_cpu_cores, 100)),
        Measure("etl_peak_rss_mb", "`etl`: peak memory", "MB", 0, _per_trial(_peak_rss_bytes, 1e-6), _no_memory),
        Measure("etl_cpu_s", "`etl`: CPU", "s", 1, _per_trial(lambda trial: trial.cpu_s)),
        Measure("state_kb", "state written per run", "kB", 0, _per_round(_state_bytes, 1e-3)),
        Measure("transactions", "transactions per run", "", 0, _per_round(_transactions), _no_transactions),
    )
}
"""All measures, by key."""
OVERHEAD = MEASURES["etl_overhead_s"]
"""The measure that systems are ranked by."""
