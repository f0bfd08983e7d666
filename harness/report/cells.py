"""Which rows the table has, and what each cell says: columns in, text cells out. Formats nothing but numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.experiment.judgement import disagreement
from harness.experiment.timeline import Phases, attempts, rerun_steps, retry_delays_s
from harness.report.column import Column, by_round
from harness.results.records import SetupRecord
from harness.statistics.samples import MIN_ROUNDS, Sample, ratio

LATENCIES = ("etl", "noop")
"""The scenarios whose phases are shown."""


@dataclass(frozen=True)
class Row:
    """One measure: its name with its unit, and one cell for each column."""

    name: str
    cells: list[str]


@dataclass(frozen=True)
class Group:
    """Rows that belong together."""

    name: str
    rows: list[Row]


def groups(columns: Sequence[Column]) -> list[Group]:
    """Compute every cell of the table."""

    def row(name: str, cell: Callable[[Column], str]) -> Row:
        return Row(name, [cell(column) for column in columns])

    return [
        Group(
            "Trials",
            [
                row("valid of all", _trials_cell),
                row("triggers refused before one was accepted", lambda c: str(sum(t.refusals for t in c.trials))),
            ],
        ),
        Group(
            "Setup",
            [
                row("download, MB", lambda c: _setup_cell(c, lambda s: s.download_bytes, ".0f", 1e-6)),
                row("install, s", lambda c: _setup_cell(c, lambda s: s.install_s, ".1f")),
                row("ready, s", lambda c: _number(c, c.per_round(lambda r: r.ready_s), ".1f")),
                row("first success with `etl`, s", _first_success_cell),
            ],
        ),
        Group(
            "Code, source lines",
            [
                row("pipeline", lambda c: _sloc(c, "pipeline")),
                row("config", lambda c: _sloc(c, "config")),
                row("deployment", lambda c: _sloc(c, "deployment")),
                row("settings that are not the default", lambda c: str(len(c.settings.settings))),
            ],
        ),
        *(_latency(scenario, columns) for scenario in LATENCIES),
        Group(
            "Failure and retry",
            [
                row("succeeded after 1 and 2 failures", lambda c: _share_cell(c, "retry")),
                row("1 failure: delay before the retry, s", lambda c: _delay_cell(c, 1)),
                row("2 failures: delay before a retry, s", lambda c: _delay_cell(c, 2)),
                row("steps run again that had succeeded", _rerun_cell),
                row("always failing: attempts", _exhaustion_attempts_cell),
                row("always failing: ended failed, export never ran", lambda c: _share_cell(c, "exhaustion")),
                row("always failing: said so after, s", _phase("exhaustion", lambda p: p.finish_s)),
                row("own account of attempts agrees", _account_cell),
            ],
        ),
        Group(
            "Footprint, with the metadata database",
            [
                row("image, MB", _image_cell),
                row("packages", lambda c: _setup_cell(c, lambda s: s.packages, "d")),
                row("at rest: RSS, MB", lambda c: _number(c, c.per_round(lambda r: r.idle_rss_bytes, 1e-6), ".0f")),
                row(
                    "at rest: CPU, % of a core",
                    lambda c: _number(c, c.per_round(lambda r: r.idle_cpu_cores, 100), ".1f"),
                ),
                row(
                    "warm `etl`: peak RSS, MB",
                    lambda c: _number(c, c.per_trial("etl", lambda t: t.peak_rss_bytes, 1e-6), ".0f"),
                ),
                row("warm `etl`: CPU, s", lambda c: _number(c, c.per_trial("etl", lambda t: t.cpu_s), ".1f")),
            ],
        ),
    ]


def _latency(scenario: str, columns: Sequence[Column]) -> Group:
    baseline = next((column for column in columns if column.system.baseline), None)
    phases: dict[str, Callable[[Phases], float]] = {
        "… trigger": lambda p: p.trigger_s,
        "… queue": lambda p: p.queue_s,
        "… work": lambda p: p.work_s,
        "… hops": lambda p: p.hops_s,
        "… finish": lambda p: p.finish_s,
        "overhead (total − work)": lambda p: p.overhead_s,
    }
    cold = _phase(scenario, lambda p: p.total_s, cold=True)
    return Group(
        f"Latency of `{scenario}`, seconds",
        [
            Row("total, warm", [_number(column, column.total_s(scenario), ".2f") for column in columns]),
            *(Row(name, [_phase(scenario, pick)(each) for each in columns]) for name, pick in phases.items()),
            Row("total, times the baseline's", [_ratio_cell(column, baseline, scenario) for column in columns]),
            Row("total, inseparable from", [_inseparable_cell(column, columns, scenario) for column in columns]),
            Row("warm samples, in rounds", [_samples_cell(column.total_s(scenario)) for column in columns]),
            Row("total, cold (first of a round)", [cold(column) for column in columns]),
        ],
    )


def _number(column: Column, sample: Sample, form: str) -> str:
    """Show a median with its 95 % interval, or with its range and count where there are too few samples for one."""
    if sample.median is None or sample.low is None or sample.high is None:
        return _missing(column)
    median = format(sample.median, form)
    if sample.interval:
        return f"{median} [{sample.interval.low:{form}}–{sample.interval.high:{form}}]"
    return f"{median} (n=1)" if sample.n == 1 else f"{median} ({sample.low:{form}}–{sample.high:{form}}, n={sample.n})"


def _first_success_cell(column: Column) -> str:
    """Show the first success of those rounds that began with `etl`; a `noop` succeeds sooner."""
    began_with_etl = {trial.round for trial in column.trials if trial.cold and trial.scenario == "etl"}
    sample = column.per_round(lambda r: r.first_success_s if r.round in began_with_etl else None)
    return _number(column, sample, ".1f")


def _missing(column: Column, why: str = "no valid trial") -> str:
    return f"n/a: {f'failed: {column.failure}' if column.failure else why}"


def _setup_cell(column: Column, pick: Callable[[SetupRecord], float | None], form: str, factor: float = 1) -> str:
    """Show a figure of the install, which is measured once."""
    if not column.setup:
        return "n/a: not measured"
    figure = pick(column.setup[-1])
    if figure is None:
        return f"n/a: failed: {column.setup[-1].failure}"
    return format(figure if factor == 1 else figure * factor, form)


def _image_cell(column: Column) -> str:
    return f"{column.built[-1].size_bytes / 1e6:.0f}" if column.built else "n/a: not built"


def _sloc(column: Column, category: str) -> str:
    if not column.code:
        return "n/a: not measured"
    return str(sum(column.code[-1].sloc[category].values()))


def _phase(scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        if cold and not any(trial.cold for trial in column.all_of(scenario)):
            return _missing(column, "no round began with it yet")
        return _number(column, column.phase(scenario, pick, cold=cold), ".2f")

    return cell


def _ratio_cell(column: Column, baseline: Column | None, scenario: str) -> str:
    if baseline is None:
        return "n/a: no baseline"
    if column is baseline:
        return "1"
    times = ratio(column.total_s(scenario), baseline.total_s(scenario))
    if times is None:
        return _missing(column)
    if times.interval is None:
        return f"{times.value:.2f}×"
    return f"{times.value:.2f}× [{times.interval.low:.2f}–{times.interval.high:.2f}]"


def _inseparable_cell(column: Column, columns: Sequence[Column], scenario: str) -> str:
    """Name the columns whose ratio to this one has an interval that includes 1: which is faster is not known."""
    own = column.total_s(scenario)
    if own.interval is None:
        return f"n/a: samples of under {MIN_ROUNDS} rounds"
    alike = []
    for other in columns:
        if other is column or other.total_s(scenario).interval is None:
            continue
        compared = ratio(own, other.total_s(scenario))
        if compared and not compared.separable:
            alike.append(other.name)
    return ", ".join(alike) if alike else "none"


def _samples_cell(sample: Sample) -> str:
    return f"{sample.n} in {sample.rounds_with_samples}"


def _trials_cell(column: Column) -> str:
    valid = sum(trial.outcome == "valid" for trial in column.trials)
    counts = f"{valid} of {len(column.trials)}"
    return f"{counts}; failed: {column.failure}" if column.failure else counts


def _share_cell(column: Column, scenario: str) -> str:
    trials = column.all_of(scenario)
    if not trials:
        return _missing(column, "no trial")
    return f"{sum(trial.outcome == 'valid' for trial in trials)} of {len(trials)}"


def _delay_cell(column: Column, failures: int) -> str:
    """Show the delays before the retries of the step that fails that often."""
    failing = column.scenarios["retry"].failures if "retry" in column.scenarios else {}
    steps = [step for step, count in failing.items() if count == failures]
    sample = by_round(column.all_of("retry"), lambda t: [s for step in steps for s in retry_delays_s(t.events, step)])
    return _number(column, sample, ".2f")


def _rerun_cell(column: Column) -> str:
    trials = column.all_of("retry")
    if not trials:
        return _missing(column, "no trial")
    rerun = sorted({step for trial in trials for step in rerun_steps(trial.events)})
    return ", ".join(rerun) if rerun else "none"


def _exhaustion_attempts_cell(column: Column) -> str:
    counts = sorted({max(attempts(trial.events).values()) for trial in column.all_of("exhaustion")})
    return " or ".join(map(str, counts)) if counts else _missing(column, "no trial")


def _account_cell(column: Column) -> str:
    """Compare the orchestrator's own account of attempts with the probe's, step by step."""
    told = [trial for trial in column.trials if trial.attempts_told is not None]
    if not told:
        return "n/a: it keeps none" if column.trials else _missing(column, "no trial")
    agreeing = sum(not disagreement(trial.events, trial.attempts_told) for trial in told)
    return f"{agreeing} of {len(column.trials)}"
