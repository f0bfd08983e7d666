"""Facts about a column: a word or two each, told from its records and from those of the columns beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from harness.experiment.judgement import disagreement
from harness.experiment.timeline import attempts, rerun_steps
from harness.experiment.traits import retry_rule, step_process
from harness.report.column import Column
from harness.report.format import NOTHING, missing
from harness.report.ranking import EMULATOR, standing_of
from harness.results.records import TrialRecord
from harness.statistics.ratios import paired
from harness.statistics.samples import MIN_LAPS, Sample

_TOO_FEW_LAPS = f"n/a: under {MIN_LAPS} laps"
_NOT_RANKED = "not ranked"
_HOMES = {
    "step": "its own process",
    "run": "the run's process",
    "workers": "one of several workers",
    "runs": "a process shared by runs",
}


@dataclass(frozen=True)
class Fact:
    """A word or two about a column among others. `about` is the heading of docs/method/measurement.md that defines it.

    `source` is the page that shows why a tool has nothing to tell, `None` where it has.
    """

    key: str
    title: str
    about: str
    words: Callable[[Column, Sequence[Column]], str]
    source: Callable[[Column], str | None] = lambda _column: None


def alone(words: Callable[[Column], str]) -> Callable[[Column, Sequence[Column]], str]:
    """Return words for which the columns beside it do not matter: they are found once."""
    found = cache(words)
    return lambda column, _everyone: found(column)


def rank(sample: Callable[[Column], Sample]) -> Callable[[Column, Sequence[Column]], str]:
    """Return words for a column's rank."""

    def words(column: Column, everyone: Sequence[Column]) -> str:
        standing = standing_of(column, everyone, sample)
        return _no_rank(column) if standing is None else str(standing.rank)

    return words


def inseparable(sample: Callable[[Column], Sample]) -> Callable[[Column, Sequence[Column]], str]:
    """Return words for the columns that one is tied with: the data do not show which is faster."""

    def words(column: Column, everyone: Sequence[Column]) -> str:
        standing = standing_of(column, everyone, sample)
        if standing is None:
            return _no_rank(column)
        return ", ".join(everyone[other].name for other in standing.inseparable) or "none"

    return words


def times_the_baseline(sample: Callable[[Column], Sample]) -> Callable[[Column, Sequence[Column]], str]:
    """Return words for how many times the baseline's number is a column's, lap by lap."""

    def words(column: Column, everyone: Sequence[Column]) -> str:
        baseline = next((each for each in everyone if each.system.baseline), None)
        if baseline is None:
            return "n/a: no baseline"
        if column is baseline:
            return "1"
        times = paired(sample(column), sample(baseline))
        if times is None:
            return missing(column)
        if times.interval is None:
            return f"{times.value:.2f}×"
        return f"{times.value:.2f}× [{times.interval.low:.2f}–{times.interval.high:.2f}]"

    return words


def valid_of_all(column: Column) -> str:
    """Say how many trials were valid, and which round failed."""
    valid = sum(trial.outcome == "valid" for trial in column.trials)
    counts = f"{valid} of {len(column.trials)}"
    return f"{counts}; failed: {column.failure}" if column.failure else counts


def refused(column: Column) -> str:
    """Say how many triggers were refused before one was accepted."""
    return str(sum(trial.refusals for trial in column.trials))


def samples_in_rounds(sample: Callable[[Column], Sample]) -> Callable[[Column], str]:
    """Return words for the number of samples, and of rounds that have some."""

    def words(column: Column) -> str:
        found = sample(column)
        return f"{found.n} in {len(found.medians)}"

    return words


def step_home(column: Column) -> str:
    """Say where a step's process comes from: that is what a crash of it takes along."""
    clean: list[TrialRecord] = []
    for scenario in ("etl", "noop"):
        clean += [*column.of(scenario), *column.of(scenario, cold=True)]
    home = step_process(trial.events for trial in clean)
    return missing(column) if home is None else _HOMES[home]


def as_demanded(scenario: str) -> Callable[[Column], str]:
    """Return words for how many of a scenario's trials were valid."""

    def words(column: Column) -> str:
        trials = column.judged(scenario)
        if not trials:
            return missing(column, "no trial")
        return f"{sum(trial.outcome == 'valid' for trial in trials)} of {len(trials)}"

    return words


def constant_delay(column: Column) -> str:
    """Say whether a second retry waits as long as the first."""
    rule = retry_rule(trial.events for trial in column.trials if trial.outcome == "valid")
    return missing(column) if rule is None else {"constant": "yes", "changing": "no: a backoff"}[rule]


def rerun(column: Column) -> str:
    """Name the steps that ran again although they had succeeded."""
    trials = column.all_of("retry")
    if not trials:
        return missing(column, "no trial")
    again = sorted({step for trial in trials for step in rerun_steps(trial.events)})
    return ", ".join(again) or "none"


def exhaustion_attempts(column: Column) -> str:
    """Show how often a step that always fails was tried."""
    counts = sorted({max(attempts(trial.events).values()) for trial in column.judged("exhaustion")})
    return " or ".join(map(str, counts)) if counts else missing(column, "no trial")


def own_account(column: Column) -> str:
    """Compare the orchestrator's own account of attempts with the probe's, step by step."""
    judged = [trial for trial in column.trials if trial.outcome != "error"]
    told = [trial for trial in judged if trial.attempts_told is not None]
    if not told:
        lack = column.system.unsupported.get("attempts")
        return missing(column, "no trial") if not column.trials else f"n/a: {lack.reason if lack else 'it keeps none'}"
    agreeing = sum(not disagreement(trial.events, trial.attempts_told) for trial in told)
    return f"{agreeing} of {len(judged)}"


def no_account_source(column: Column) -> str | None:
    """Return the page that shows that a tool keeps no account of attempts; `None` where it tells of some."""
    lack = column.system.unsupported.get("attempts")
    told = any(trial.attempts_told is not None for trial in column.trials)
    return lack.docs if lack and column.trials and not told else None


def _no_rank(column: Column) -> str:
    if column.system.baseline:
        return NOTHING
    return _NOT_RANKED if column.system.mode == EMULATOR else _TOO_FEW_LAPS
