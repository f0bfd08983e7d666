"""Which rows the table has, and what each cell says: records in, text cells out. Formats nothing but numbers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.environment import Environment, System
from harness.records import CodeRecord, Record, RoundRecord, SetupRecord, TrialRecord
from harness.scenario import RETRY
from harness.stats import spread, summarise
from harness.timeline import Phases, attempts, rerun_steps, retry_delays_s

WORK_SPREAD_LIMIT = 0.15


@dataclass(frozen=True)
class Column:
    """One system under one profile, with all records that are about it."""

    system: System
    profile: str
    code: list[CodeRecord] = field(default_factory=list)
    setup: list[SetupRecord] = field(default_factory=list)
    rounds: list[RoundRecord] = field(default_factory=list)
    trials: list[TrialRecord] = field(default_factory=list)

    @property
    def failure(self) -> str:
        """Why the last round that failed did so; empty when none did."""
        return next((round_.failure for round_ in reversed(self.rounds) if round_.failure), "")

    def of(self, scenario: str, *, cold: bool = False) -> list[TrialRecord]:
        """Return the valid trials of a scenario: no number comes from any other."""
        return [
            trial
            for trial in self.trials
            if trial.scenario == scenario and trial.cold == cold and trial.outcome == "valid"
        ]

    def retried(self, scenario: str) -> list[TrialRecord]:
        """Return the trials of a fault scenario, whatever came of them."""
        return [trial for trial in self.trials if trial.scenario == scenario]


@dataclass(frozen=True)
class Row:
    """One measure: its name with its unit, what it means, and one cell for each column."""

    name: str
    cells: list[str]


@dataclass(frozen=True)
class Group:
    """Rows that belong together."""

    name: str
    rows: list[Row]


def columns(environment: Environment, records: Iterable[Record]) -> list[Column]:
    """Sort records by the system and profile they are about, in the order of the environment."""
    found = [Column(system, profile) for system in environment.systems for profile in sorted(system.profiles)]
    by_name = {(column.system.name, column.profile): column for column in found}
    for record in records:
        column = by_name[record.orchestrator, record.profile]
        kept: list[Record] = getattr(
            column, {"code": "code", "setup": "setup", "round": "rounds"}.get(record.kind, "trials")
        )
        kept.append(record)
    return found


def groups(found: Sequence[Column]) -> list[Group]:
    """Compute every cell of the table."""
    baseline = next((column for column in found if column.system.baseline), None)

    def row(name: str, cell: Callable[[Column], str]) -> Row:
        return Row(name, [cell(column) for column in found])

    def phase(scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> Callable[[Column], str]:
        return lambda column: _phase_cell(column, scenario, pick, cold=cold)

    def latency(scenario: str) -> Group:
        return Group(
            f"Latency of `{scenario}`, seconds",
            [
                row("total, warm", phase(scenario, lambda p: p.total_s)),
                row("… trigger", phase(scenario, lambda p: p.trigger_s)),
                row("… queue", phase(scenario, lambda p: p.queue_s)),
                row("… work", phase(scenario, lambda p: p.work_s)),
                row("… hops", phase(scenario, lambda p: p.hops_s)),
                row("… finish", phase(scenario, lambda p: p.finish_s)),
                row("overhead (total − work)", phase(scenario, lambda p: p.overhead_s)),
                row("total, times the baseline's", lambda column: _ratio_cell(column, baseline, scenario)),
                row("total, cold (first of a round)", phase(scenario, lambda p: p.total_s, cold=True)),
            ],
        )

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
                row("download, MB", lambda c: _once(c.setup, lambda s: f"{s.download_bytes / 1e6:.0f}")),
                row("install, s", lambda c: _once(c.setup, lambda s: f"{s.install_s:.1f}")),
                row("ready, s", lambda c: _number(c, [r.ready_s for r in c.rounds], ".1f")),
                row("first success with `etl`, s", _first_success_cell),
            ],
        ),
        Group(
            "Code, source lines",
            [
                row("pipeline", lambda c: _sloc(c, "pipeline")),
                row("config", lambda c: _sloc(c, "config")),
                row("deployment", lambda c: _sloc(c, "deployment")),
            ],
        ),
        latency("etl"),
        latency("noop"),
        Group(
            "Failure and retry",
            [
                row("succeeded after 1 and 2 failures", lambda c: _share_cell(c, "retry")),
                row("1 failure: delay before the retry, s", lambda c: _delay_cell(c, 1)),
                row("2 failures: delay before a retry, s", lambda c: _delay_cell(c, 2)),
                row("steps run again that had succeeded", _rerun_cell),
                row("always failing: attempts", _exhaustion_attempts_cell),
                row("always failing: ended failed, export never ran", lambda c: _share_cell(c, "exhaustion")),
                row("always failing: said so after, s", phase("exhaustion", lambda p: p.finish_s)),
                row("own account of attempts agrees", _account_cell),
            ],
        ),
        Group(
            "Footprint",
            [
                row("image, MB", lambda c: _once(c.setup, lambda s: f"{s.image_bytes / 1e6:.0f}")),
                row("packages", lambda c: _once(c.setup, lambda s: str(s.packages))),
                row("at rest: RSS, MB", lambda c: _number(c, _scaled(c.rounds, "idle_rss_bytes", 1e-6), ".0f")),
                row(
                    "at rest: CPU, % of a core",
                    lambda c: _number(c, _scaled(c.rounds, "idle_cpu_cores", 100), ".1f"),
                ),
                row(
                    "warm `etl`: peak RSS, MB",
                    lambda c: _number(c, _scaled(c.of("etl"), "peak_rss_bytes", 1e-6), ".0f"),
                ),
                row("warm `etl`: CPU, s", lambda c: _number(c, [t.cpu_s for t in c.of("etl")], ".1f")),
            ],
        ),
    ]


def warnings(found: Sequence[Column]) -> list[str]:
    """Say what a reader must know before believing the table."""
    said = [
        f"{column.system.title} ({column.profile}), {round_.round}: failed: {round_.failure}"
        for column in found
        for round_ in column.rounds
        if round_.failure
    ]
    said += [
        f"{column.system.title} ({column.profile}), {trial.trial}: {trial.outcome}: {trial.reason}"
        for column in found
        for trial in column.trials
        if trial.outcome != "valid"
    ]
    work = {}
    for column in found:
        if summary := summarise([trial.phases.work_s for trial in column.of("etl") if trial.phases]):
            work[column.system.title] = summary.median
    if (excess := spread(list(work.values()))) > WORK_SPREAD_LIMIT:
        slowest, fastest = max(work, key=work.__getitem__), min(work, key=work.__getitem__)
        said.append(
            f"the same work took {excess:.0%} longer under {slowest} ({work[slowest]:.2f} s) than under {fastest} "
            f"({work[fastest]:.2f} s): compare overheads, not totals"
        )
    return said


def _number(column: Column, samples: Iterable[float | None], form: str) -> str:
    summary = summarise([sample for sample in samples if sample is not None])
    if summary is None:
        return _missing(column)
    median, low, high = (format(value, form) for value in (summary.median, summary.low, summary.high))
    if summary.n == 1:
        return f"{median} (n=1)"
    return f"{median} ({low}–{high}, n={summary.n})"


def _first_success_cell(column: Column) -> str:
    """Show the first success of those rounds that began with `etl`; a `noop` succeeds sooner."""
    began_with_etl = {trial.round for trial in column.trials if trial.cold and trial.scenario == "etl"}
    return _number(column, [each.first_success_s for each in column.rounds if each.round in began_with_etl], ".1f")


def _missing(column: Column, why: str = "no valid trial") -> str:
    return f"n/a: {f'failed: {column.failure}' if column.failure else why}"


def _once(samples: Sequence[SetupRecord], say: Callable[[SetupRecord], str]) -> str:
    return say(samples[-1]) if samples else "n/a: not measured"


def _scaled(samples: Iterable[Record], name: str, factor: float) -> list[float]:
    values = [getattr(sample, name) for sample in samples]
    return [value * factor for value in values if value is not None]


def _sloc(column: Column, category: str) -> str:
    if not column.code:
        return "n/a: not measured"
    return str(sum(column.code[-1].sloc[category].values()))


def _phase_cell(column: Column, scenario: str, pick: Callable[[Phases], float], *, cold: bool) -> str:
    samples = [pick(trial.phases) for trial in column.of(scenario, cold=cold) if trial.phases]
    if not samples and cold and not any(t.cold and t.scenario == scenario for t in column.trials):
        return _missing(column, "no round began with it yet")
    return _number(column, samples, ".2f")


def _ratio_cell(column: Column, baseline: Column | None, scenario: str) -> str:
    if baseline is None:
        return "n/a: no baseline"
    own, floor = (
        summarise([trial.phases.total_s for trial in each.of(scenario) if trial.phases]) for each in (column, baseline)
    )
    if own is None or floor is None:
        return _missing(column)
    return f"{own.median / floor.median:.2f}×"


def _trials_cell(column: Column) -> str:
    valid = sum(trial.outcome == "valid" for trial in column.trials)
    counts = f"{valid} of {len(column.trials)}"
    return f"{counts}; failed: {column.failure}" if column.failure else counts


def _share_cell(column: Column, scenario: str) -> str:
    trials = column.retried(scenario)
    if not trials:
        return _missing(column, "no trial")
    return f"{sum(trial.outcome == 'valid' for trial in trials)} of {len(trials)}"


def _delay_cell(column: Column, failures: int) -> str:
    """Show the delays before the retries of the step that fails that often."""
    (step,) = (step for step, count in RETRY.failures.items() if count == failures)
    delays = [delay for trial in column.retried("retry") for delay in retry_delays_s(trial.events, step)]
    return _number(column, delays, ".2f")


def _rerun_cell(column: Column) -> str:
    trials = column.retried("retry")
    if not trials:
        return _missing(column, "no trial")
    rerun = sorted({step for trial in trials for step in rerun_steps(trial.events)})
    return ", ".join(rerun) if rerun else "none"


def _exhaustion_attempts_cell(column: Column) -> str:
    counts = sorted({max(attempts(trial.events).values()) for trial in column.retried("exhaustion")})
    return " or ".join(map(str, counts)) if counts else _missing(column, "no trial")


def _account_cell(column: Column) -> str:
    """Compare the orchestrator's own account of attempts with the probe's, step by step."""
    told = [trial for trial in column.trials if trial.attempts_told]
    if not told:
        return "n/a: it keeps none" if column.trials else _missing(column, "no trial")
    agreeing = sum(_agrees(trial) for trial in told)
    return f"{agreeing} of {len(column.trials)}"


def _agrees(trial: TrialRecord) -> bool:
    seen = {(event.step, event.attempt, event.outcome == "success") for event in trial.events if event.event == "ended"}
    return seen == {(each.step, each.number, each.succeeded) for each in trial.attempts_told}
