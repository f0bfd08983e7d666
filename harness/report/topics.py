"""How measures and facts are arranged: topics, each a table that fits a page, with systems as rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report import facts
from harness.report.column import Column
from harness.report.facts import Fact, alone
from harness.report.format import NOTHING, missing, number
from harness.report.measures import MEASURES, WORKLOADS, Measure

Entry = Measure | Fact


@dataclass(frozen=True)
class Topic:
    """Measures and facts that belong together; `key` is its anchor."""

    key: str
    title: str
    entries: tuple[Entry, ...]


def cell(entry: Entry, column: Column, everyone: Sequence[Column]) -> str:
    """Return the words about a column; never nothing."""
    if isinstance(entry, Fact):
        return entry.words(column, everyone)
    sample = entry.sample(column)
    form = f".{entry.decimals}f"
    if entry.once and sample.typical is not None:
        return format(sample.typical, form)
    if sample.n:
        return number(sample, form)
    # A baseline that ran lacks what only a tool has: that is no failure, and needs no reason.
    ran = any(trial.outcome == "valid" for trial in column.trials)
    return NOTHING if column.system.baseline and ran else missing(column, entry.why_none(column))


def single_samples(entries: Iterable[Entry], everyone: Sequence[Column]) -> bool:
    """Whether a cell of these entries shows a single sample, of what is measured more than once."""
    measures = [entry for entry in entries if isinstance(entry, Measure) and not entry.once]
    return any(measure.sample(column).n == 1 for measure in measures for column in everyone)


def source(entry: Entry, column: Column) -> str | None:
    """Return the page that shows why a column has nothing here, if its tool has one."""
    return entry.source(column) if isinstance(entry, Fact) else None


def heading(entry: Entry) -> str:
    """Return the words over a column of entries, with the unit."""
    return f"{entry.title}, {entry.unit}" if isinstance(entry, Measure) and entry.unit else entry.title


def full_heading(entry: Entry) -> str:
    """Return the heading of an entry that has no topic over it: with its workload, if it has one."""
    words = heading(entry)
    workload = next((f"`{name}`" for name in WORKLOADS if entry.key.startswith(f"{name}_")), "")
    return words if workload in words else f"{workload}: {words}"


def _of(*keys: str) -> tuple[Measure, ...]:
    return tuple(MEASURES[key] for key in keys)


def _of_workload(scenario: str) -> list[Topic]:
    total, overhead = (MEASURES[f"{scenario}_{name}_s"].sample for name in ("total", "overhead"))
    own = _of(*(f"{scenario}_{name}_s" for name in ("total", "overhead", "waiting", "computing")))
    times = Fact(f"{scenario}_times", "× baseline", "statistics", facts.times_the_baseline(total))
    spans = ("trigger", "queue", "work", "hops", "finish")
    return [
        Topic(
            f"{scenario}-run",
            f"One run of `{scenario}`",
            (
                own[0],
                # A pipeline that does nothing takes the baseline milliseconds: multiples of them say nothing.
                *([] if scenario == "noop" else [times]),
                own[1],
                Fact(f"{scenario}_rank", "rank by overhead", "statistics", facts.rank(overhead)),
                *own[2:],
            ),
        ),
        Topic(
            f"{scenario}-phases",
            f"Phases of `{scenario}`",
            _of(*(f"{scenario}_{name}_s" for name in spans)),
        ),
        Topic(
            f"{scenario}-certainty",
            f"Samples and ties of `{scenario}`",
            (
                Fact(
                    f"{scenario}_samples",
                    "warm runs, in rounds",
                    "statistics",
                    alone(facts.samples_in_rounds(total)),
                ),
                Fact(f"{scenario}_inseparable", "overhead tied with", "statistics", facts.inseparable(overhead)),
                MEASURES[f"{scenario}_cold_total_s"],
            ),
        ),
    ]


TOPICS = (
    *(topic for scenario in WORKLOADS for topic in _of_workload(scenario)),
    Topic(
        "setup",
        "Setup",
        _of("download_mb", "packages", "install_s", "image_mb", "ready_s", "first_success_s"),
    ),
    Topic(
        "code",
        "Code and unit test",
        _of("pipeline_lines", "config_lines", "deployment_lines", "settings", "unit_test_s", "unit_test_peak_mb"),
    ),
    Topic(
        "retry",
        "Retries",
        (
            Fact("step_home", "each step runs in", "failure-and-retry", alone(facts.step_home)),
            *_of("retry_delay_1_s", "retry_delay_2_s"),
            Fact("constant_delay", "same delay each time", "failure-and-retry", alone(facts.constant_delay)),
            *_of("exhaustion_told_s"),
        ),
    ),
    Topic(
        "correctness",
        "Correctness",
        (
            Fact("valid", "valid trials", "the-output-gate", alone(facts.valid_of_all)),
            Fact("refused", "triggers rejected", "the-clock", alone(facts.refused)),
            Fact("retried", "succeeded after failures", "failure-and-retry", alone(facts.as_demanded("retry"))),
            Fact("rerun", "finished steps run again", "failure-and-retry", alone(facts.rerun)),
            Fact("attempts", "attempts if it always fails", "failure-and-retry", alone(facts.exhaustion_attempts)),
            Fact("exhausted", "failed without export", "failure-and-retry", alone(facts.as_demanded("exhaustion"))),
            Fact(
                "account",
                "attempt history agrees",
                "failure-and-retry",
                alone(facts.own_account),
                facts.no_account_source,
            ),
        ),
    ),
    Topic(
        "footprint",
        "Footprint",
        _of("idle_rss_mb", "idle_cpu_percent", "etl_peak_rss_mb", "etl_cpu_s", "state_kb", "transactions"),
    ),
)
"""All of them, in the order in which they are shown."""
