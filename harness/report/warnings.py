"""Warnings about a result, each with a hint. No measurement is dropped because of a warning."""

from collections.abc import Callable, Sequence
from functools import cache
from statistics import median

from harness.report.column import Column
from harness.report.measures import MEASURES, WORKLOADS
from harness.results.records import TrialRecord
from harness.statistics.samples import drift, outliers, spread

WORK_SPREAD_LIMIT = 0.15
"""How much longer the same step code may take in one system than in another, as a share."""
INTERVAL_LIMIT = 0.25
"""How wide the interval of a median may be, as a share of the median."""
DRIFT_LIMIT = 0.15
"""How far the baseline's medians may differ between rounds, as a share."""
LOAD_LIMIT_CORES = 0.15
"""How much CPU other processes, including Docker, may use during a trial."""
STEAL_LIMIT_CORES = 0.05
"""How much CPU a hypervisor may withhold during a trial."""
_SHORT_S = 0.5


_MOST_OBJECTIONS = 20


def warnings(columns: Sequence[Column], objections: Sequence[str] = ()) -> Sequence[str]:
    """Return every warning, the most serious kind first. `objections` are those of the audit."""
    told = [f"not counted: {each}" for each in objections[:_MOST_OBJECTIONS]]
    if more := len(objections) - _MOST_OBJECTIONS:
        told += [f"not counted: {more} more (`orchbench audit` lists them)"] if more > 0 else []
    return (*told, *_found(tuple(columns)))


@cache
def _found(columns: tuple[Column, ...]) -> Sequence[str]:
    return (
        *_failures(columns),
        *_not_installed(columns),
        *_work(columns),
        *_drift(columns),
        *_wide(columns),
        *_outliers(columns),
        *_load(columns),
    )


def _failures(columns: Sequence[Column]) -> list[str]:
    said = [
        f"{column.name}, {round_.round}: failed: {round_.failure}"
        for column in columns
        for round_ in column.rounds
        if round_.failure
    ]
    return said + [
        f"{column.name}, {trial.trial}: {trial.outcome}: {trial.reason}"
        for column in columns
        for trial in column.trials
        if trial.outcome != "valid"
    ]


def _not_installed(columns: Sequence[Column]) -> list[str]:
    """Name each system whose timed install failed and which therefore has no install time."""
    failures = {column.system.title: " ".join(column.setup[-1].failure.split()) for column in columns if column.setup}
    return [
        f"{title}: no install time, because installing its locked dependencies failed: {failure}"
        for title, failure in failures.items()
        if failure
    ]


def _work(columns: Sequence[Column]) -> list[str]:
    work = {}
    for column in columns:
        typical_s = MEASURES["etl_work_s"].sample(column).typical
        if typical_s is not None:
            work[column.name] = typical_s
    excess = spread(list(work.values()))
    if excess <= WORK_SPREAD_LIMIT:
        return []
    slowest, fastest = max(work, key=work.__getitem__), min(work, key=work.__getitem__)
    return [
        f"the same step code took {excess:.0%} longer in {slowest} ({work[slowest]:.2f} s) than in {fastest} "
        f"({work[fastest]:.2f} s). Compare overheads instead of totals"
    ]


def _drift(columns: Sequence[Column]) -> list[str]:
    """Warn if the machine's speed changed: the baseline has no polling and no queue of its own."""
    said = []
    for column in columns:
        if column.system.baseline:
            share = drift(MEASURES["etl_total_s"].sample(column))
            if share > DRIFT_LIMIT:
                said.append(
                    f"the baseline's `etl` differed by {share:.0%} between rounds, so the machine's speed changed "
                    "during the benchmark. Run it again on a quiet machine"
                )
    return said


def _wide(columns: Sequence[Column]) -> list[str]:
    """Name the systems with wide intervals, in one sentence per workload."""
    said = []
    for scenario in WORKLOADS:
        wide = []
        for column in columns:
            sample = MEASURES[f"{scenario}_total_s"].sample(column)
            if sample.typical is None or sample.interval is None:
                continue
            width = (sample.interval.high - sample.interval.low) / sample.typical
            period_s = column.settings.poll_period_s
            if width > INTERVAL_LIMIT:
                wide.append(f"{column.name} {width:.0%}{f' (polls every {period_s:g} s)' if period_s else ''}")
        if wide:
            said.append(
                f"`{scenario}`: wide intervals, as a share of the median: {', '.join(wide)}. Triggers come at a random "
                "phase of a polling period, and machines vary. More repetitions narrow the intervals (--laps)"
            )
    return said


def _outliers(columns: Sequence[Column]) -> list[str]:
    said = []
    for scenario in WORKLOADS:
        for column in columns:
            sample = MEASURES[f"{scenario}_total_s"].sample(column)
            far = [f"{sample.values[index]:.2f} s" for index in outliers(sample.values)]
            if far:
                middle = f"median {median(sample.values):.2f} s"
                outlier = f"outlier{'s' if len(far) > 1 else ''}"
                said.append(f"{column.name}, `{scenario}`: {outlier} {', '.join(far)} ({middle}), included")
    return said


def _load(columns: Sequence[Column]) -> list[str]:
    foreign = _overloaded(columns, lambda trial: trial.foreign_cpu_s, LOAD_LIMIT_CORES)
    stolen = _overloaded(columns, lambda trial: trial.steal_s, STEAL_LIMIT_CORES)
    said = []
    if foreign:
        said.append(
            f"during {len(foreign)} of {_trials(columns)} trials, other programs used more than "
            f"{LOAD_LIMIT_CORES:g} of a core (up to {max(foreign):.2f}). Close other programs"
        )
    if stolen:
        said.append(
            f"during {len(stolen)} of {_trials(columns)} trials, the hypervisor withheld more than "
            f"{STEAL_LIMIT_CORES:g} of a core (up to {max(stolen):.2f}). The host of this virtual machine is busy"
        )
    return said


def _overloaded(columns: Sequence[Column], used: Callable[[TrialRecord], float | None], limit: float) -> list[float]:
    """Return the mean cores of trials over a limit, without short ones, because CPU ticks last 10 ms."""
    over = []
    for column in columns:
        for trial in column.trials:
            used_s = used(trial)
            elapsed_s = (trial.finished_ns - trial.sent_ns) / 1e9
            if used_s is not None and elapsed_s > _SHORT_S and used_s / elapsed_s > limit:
                over.append(used_s / elapsed_s)
    return over


def _trials(columns: Sequence[Column]) -> int:
    return sum(len(column.trials) for column in columns)
