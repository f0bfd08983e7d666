"""Facts about rows: a few words each, from a row's records and from its place in the lineup."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.experiment.judgement import disagreement
from harness.experiment.timeline import attempts, rerun_steps
from harness.experiment.traits import retry_rule, step_process
from harness.report.format import NOTHING
from harness.report.lineup import Lineup
from harness.report.measures import WORKLOADS, Measure
from harness.report.row import EMULATOR, Row
from harness.statistics.ratios import paired
from harness.statistics.samples import MIN_LAPS
from harness.statistics.standings import Standing

_HOMES = {
    "step": "its own process",
    "run": "the run's process",
    "workers": "one of several workers",
    "runs": "a process shared by runs",
}
_Words = Callable[[Lineup], Sequence[str]]


@dataclass(frozen=True)
class Fact:
    """A few words about each row of a lineup. `about` is its heading in docs/method/measurement.md.

    `source` returns the page that shows why a tool has nothing to report, or `None`.
    """

    key: str
    title: str
    words: _Words
    about: str = "failure-and-retry"
    source: Callable[[Row], str | None] = lambda _row: None


def each(words: Callable[[Row], str]) -> _Words:
    """Return the words of a fact that does not depend on other rows."""
    return lambda lineup: [words(row) for row in lineup.rows]


def rank(measure: Measure, lineup: Lineup) -> list[str]:
    """Show each row's rank."""
    placed = zip(lineup.rows, lineup.standings(measure), strict=True)
    return [str(standing.rank) if standing else _not_ranked(row) for row, standing in placed]


def inseparable(measure: Measure, lineup: Lineup) -> list[str]:
    """Name the rows that each row is tied with: the data do not show which is lower."""

    def names(standing: Standing) -> str:
        return ", ".join(lineup.rows[other].name for other in standing.inseparable) or "none"

    placed = zip(lineup.rows, lineup.standings(measure), strict=True)
    return [names(standing) if standing else _not_ranked(row) for row, standing in placed]


def _not_ranked(row: Row) -> str:
    if row.system.baseline:
        return NOTHING
    return "not ranked" if row.system.mode == EMULATOR else f"n/a: under {MIN_LAPS} laps"


def times_the_baseline(measure: Measure, lineup: Lineup) -> list[str]:
    """Show each row's number as a multiple of the baseline's, taken lap by lap."""
    baseline = lineup.baseline
    return [_times(measure, row, baseline) if baseline else "n/a: no baseline" for row in lineup.rows]


def _times(measure: Measure, row: Row, baseline: Row) -> str:
    if row is baseline:
        return "1"
    times = paired(measure.sample(row), measure.sample(baseline))
    if times is None:
        return row.missing()
    ends = f" [{times.interval.low:.2f}–{times.interval.high:.2f}]" if times.interval else ""
    return f"{times.value:.2f}×{ends}"


def valid_of_all(row: Row) -> str:
    """Show the number of valid trials, and the failure of a round."""
    valid = sum(trial.outcome == "valid" for trial in row.trials)
    counts = f"{valid} of {len(row.trials)}"
    return f"{counts}; failed: {row.failure}" if row.failure else counts


def refused(row: Row) -> str:
    """Show how many triggers were rejected before one was accepted."""
    return str(sum(trial.refusals for trial in row.trials))


def samples_in_rounds(measure: Measure, row: Row) -> str:
    """Show the number of samples, and of the rounds that have them."""
    sample = measure.sample(row)
    return f"{sample.n} in {len(sample.medians)}"


def step_home(row: Row) -> str:
    """Name the process that a step runs in, which dies if the step crashes."""
    clean = [trial for scenario in WORKLOADS for cold in (False, True) for trial in row.valid(scenario, cold=cold)]
    home = step_process(trial.events for trial in clean)
    return row.missing() if home is None else _HOMES[home]


def as_demanded(scenario: str, row: Row) -> str:
    """Show how many of a scenario's trials were valid."""
    trials = row.judged(scenario)
    valid = sum(trial.outcome == "valid" for trial in trials)
    return f"{valid} of {len(trials)}" if trials else row.missing("no trial")


def constant_delay(row: Row) -> str:
    """Say if a second retry waits as long as the first."""
    rule = retry_rule(trial.events for trial in row.trials if trial.outcome == "valid")
    return row.missing() if rule is None else {"constant": "yes", "changing": "no: a backoff"}[rule]


def rerun(row: Row) -> str:
    """Name the steps that ran again although they had succeeded."""
    trials = row.all_of("retry")
    again = sorted({step for trial in trials for step in rerun_steps(trial.events)})
    return (", ".join(again) or "none") if trials else row.missing("no trial")


def exhaustion_attempts(row: Row) -> str:
    """Show how often a step that always fails was tried."""
    counts = sorted({max(attempts(trial.events).values()) for trial in row.judged("exhaustion")})
    return " or ".join(map(str, counts)) if counts else row.missing("no trial")


def own_account(row: Row) -> str:
    """Show in how many trials the tool's attempt history agrees with the probe."""
    judged = [trial for trial in row.trials if trial.outcome != "error"]
    with_history = [trial for trial in judged if trial.attempts_told is not None]
    if not with_history:
        lack = row.system.unsupported.get("attempts")
        return row.missing("no trial") if not row.trials else f"n/a: {lack.reason if lack else 'it keeps none'}"
    agreeing = sum(not disagreement(trial.events, trial.attempts_told) for trial in with_history)
    return f"{agreeing} of {len(judged)}"


def no_account_source(row: Row) -> str | None:
    """Return the page that shows that a tool keeps no attempt history."""
    lack = row.system.unsupported.get("attempts")
    known = any(trial.attempts_told is not None for trial in row.trials)
    return lack.docs if lack and row.trials and not known else None
