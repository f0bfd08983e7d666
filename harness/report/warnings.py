"""Warnings about a result, each with a hint. No measurement is dropped because of a warning."""

from collections.abc import Callable, Sequence
from statistics import median

from harness.report.lineup import Lineup
from harness.report.measures import MEASURES, WORKLOADS
from harness.report.row import Row
from harness.results.records import TrialRecord
from harness.statistics.samples import drift, outliers, spread

WORK_SPREAD_LIMIT = 0.15
"""How much longer the same step code may take in one system than in another, as a share."""
INTERVAL_LIMIT = 0.25
"""How wide an interval may be, as a share of its number."""
DRIFT_LIMIT = 0.15
"""How far the baseline's medians may differ between rounds, as a share."""
LOAD_LIMIT_CORES = 0.15
"""How much CPU other processes, including Docker, may use during a trial."""
STEAL_LIMIT_CORES = 0.05
"""How much CPU a hypervisor may withhold during a trial."""
_SHORT_S = 0.5
_MOST_OBJECTIONS = 20


def warnings(lineup: Lineup) -> list[str]:
    """Return every warning, the most serious kind first. The objections of the audit come first of all."""
    objections, rows = lineup.result.objections, lineup.rows
    more = len(objections) - _MOST_OBJECTIONS
    kinds = (_failures, _not_installed, _work, _drift, _wide, _outliers, _load)
    return [
        *(f"not counted: {each}" for each in objections[:_MOST_OBJECTIONS]),
        *([f"not counted: {more} more (`orchbench audit` lists them)"] if more > 0 else []),
        *(said for kind in kinds for said in kind(rows)),
    ]


def _failures(rows: Sequence[Row]) -> list[str]:
    rounds = [f"{row.name}, {end.round}: failed: {end.failure}" for row in rows for end in row.rounds if end.failure]
    return rounds + [
        f"{row.name}, {trial.trial}: {trial.outcome}: {trial.reason}"
        for row in rows
        for trial in row.trials
        if trial.outcome != "valid"
    ]


def _not_installed(rows: Sequence[Row]) -> list[str]:
    """Name each system whose timed install failed and which therefore has no install time."""
    failures = {row.system.title: " ".join(row.setup[-1].failure.split()) for row in rows if row.setup}
    return [
        f"{title}: no install time, because installing its locked dependencies failed: {failure}"
        for title, failure in failures.items()
        if failure
    ]


def _work(rows: Sequence[Row]) -> list[str]:
    work = {row.name: work_s for row in rows if (work_s := MEASURES["etl_work_s"].typical(row)) is not None}
    excess = spread(list(work.values()))
    if excess <= WORK_SPREAD_LIMIT:
        return []
    slowest, fastest = max(work, key=work.__getitem__), min(work, key=work.__getitem__)
    return [
        f"the same step code took {excess:.0%} longer in {slowest} ({work[slowest]:.2f} s) than in {fastest} "
        f"({work[fastest]:.2f} s). Compare overheads instead of totals"
    ]


def _drift(rows: Sequence[Row]) -> list[str]:
    """Warn if the machine's speed changed: the baseline has no polling and no queue."""
    shares = [drift(MEASURES["etl_total_s"].sample(row)) for row in rows if row.system.baseline]
    return [
        f"the baseline's `etl` differed by {share:.0%} between rounds, so the machine's speed changed during the "
        "benchmark. Run it again on a quiet machine"
        for share in shares
        if share > DRIFT_LIMIT
    ]


def _wide(rows: Sequence[Row]) -> list[str]:
    """Name the systems with wide intervals, in one sentence per workload."""
    said = []
    for scenario in WORKLOADS:
        wide = []
        for row in rows:
            sample = MEASURES[f"{scenario}_total_s"].sample(row)
            if sample.typical is None or sample.interval is None:
                continue
            width = (sample.interval.high - sample.interval.low) / sample.typical
            period_s = row.settings.poll_period_s
            if width > INTERVAL_LIMIT:
                wide.append(f"{row.name} {width:.0%}{f' (polls every {period_s:g} s)' if period_s else ''}")
        if wide:
            said.append(
                f"`{scenario}`: wide intervals, as a share of the median: {', '.join(wide)}. Triggers come at a random "
                "phase of a polling period, and machines vary. More repetitions narrow the intervals (--laps)"
            )
    return said


def _outliers(rows: Sequence[Row]) -> list[str]:
    said = []
    for scenario in WORKLOADS:
        for row in rows:
            sample = MEASURES[f"{scenario}_total_s"].sample(row)
            if far := [f"{sample.values[index]:.2f} s" for index in outliers(sample.values)]:
                outlier = f"outlier{'s' if len(far) > 1 else ''} {', '.join(far)}"
                said.append(f"{row.name}, `{scenario}`: {outlier} (median {median(sample.values):.2f} s), included")
    return said


def _load(rows: Sequence[Row]) -> list[str]:
    """Warn of trials during which somebody else used the CPUs. CPU ticks last 10 ms, so short trials do not count."""
    trials = [trial for row in rows for trial in row.trials]
    kinds: list[tuple[Callable[[TrialRecord], float | None], float, str, str]] = [
        (lambda trial: trial.foreign_cpu_s, LOAD_LIMIT_CORES, "other programs used", "Close other programs"),
        (
            lambda trial: trial.steal_s,
            STEAL_LIMIT_CORES,
            "the hypervisor withheld",
            "The host of this virtual machine is busy",
        ),
    ]
    said = []
    for used, limit, who, hint in kinds:
        known = [(used(trial), (trial.finished_ns - trial.sent_ns) / 1e9) for trial in trials]
        cores = [used_s / elapsed_s for used_s, elapsed_s in known if used_s is not None and elapsed_s > _SHORT_S]
        if over := [each for each in cores if each > limit]:
            said.append(
                f"during {len(over)} of {len(trials)} trials, {who} more than {limit:g} of a core "
                f"(up to {max(over):.2f}). {hint}"
            )
    return said
