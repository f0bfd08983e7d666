"""Arranges measures and facts in topics. Each topic is a table that fits a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from harness.report import facts
from harness.report.facts import Fact, each
from harness.report.format import NOTHING, number
from harness.report.lineup import Lineup
from harness.report.measures import MEASURES, WORKLOADS, Measure, workload_of
from harness.report.row import Row

Entry = Measure | Fact


@dataclass(frozen=True)
class Topic:
    """Measures and facts of one subject. `key` is the name that the page uses."""

    key: str
    title: str
    entries: tuple[Entry, ...]


def cells(entry: Entry, lineup: Lineup) -> Sequence[str]:
    """Return the words of each row. They are never empty."""
    return entry.words(lineup) if isinstance(entry, Fact) else [_figure(entry, row) for row in lineup.rows]


def single_samples(entries: Iterable[Entry], lineup: Lineup) -> bool:
    """Say if a cell shows a single sample of a measure that is measured more than once."""
    measures = [entry for entry in entries if isinstance(entry, Measure) and not entry.once]
    return any(measure.sample(row).n == 1 for measure in measures for row in lineup.rows)


def source(entry: Entry, row: Row) -> str | None:
    """Return the page that shows why a row has nothing here, if there is one."""
    return entry.source(row) if isinstance(entry, Fact) else None


def heading(entry: Entry) -> str:
    """Return the heading of an entry, with its unit."""
    return f"{entry.title}, {entry.unit}" if isinstance(entry, Measure) and entry.unit else entry.title


def full_heading(entry: Entry) -> str:
    """Return the heading of an entry outside its topic, with its workload."""
    words, workload = heading(entry), workload_of(entry.key)
    return f"`{workload}`: {words}" if workload and f"`{workload}`" not in words else words


def _figure(measure: Measure, row: Row) -> str:
    sample = measure.sample(row)
    form = f".{measure.decimals}f"
    if measure.once and sample.typical is not None:
        return format(sample.typical, form)
    if sample.n:
        return number(sample, form)
    # A baseline that ran cannot have the numbers of a tool. That is no failure and needs no reason.
    ran = any(trial.outcome == "valid" for trial in row.trials)
    return NOTHING if row.system.baseline and ran else row.missing(measure.why_none(row))


def _of(*keys: str) -> tuple[Measure, ...]:
    return tuple(MEASURES[key] for key in keys)


def _of_workload(name: str) -> list[Topic]:
    total, overhead, waiting, computing, cold = _of(
        *(f"{name}_{key}_s" for key in ("total", "overhead", "waiting", "computing", "cold_total"))
    )
    times = Fact(f"{name}_times", "× baseline", partial(facts.times_the_baseline, total), "statistics")
    rank = Fact(f"{name}_rank", "rank by overhead", partial(facts.rank, overhead), "statistics")
    runs = each(partial(facts.samples_in_rounds, total))
    samples = Fact(f"{name}_samples", "warm runs, in rounds", runs, "statistics")
    ties = Fact(f"{name}_inseparable", "overhead tied with", partial(facts.inseparable, overhead), "statistics")
    # The baseline runs a pipeline that does nothing in milliseconds, so multiples of that mean nothing.
    multiples = [] if name == "noop" else [times]
    phases = _of(*(f"{name}_{key}_s" for key in ("trigger", "queue", "work", "hops", "finish")))
    return [
        Topic(f"{name}-run", f"One run of `{name}`", (total, *multiples, overhead, rank, waiting, computing)),
        Topic(f"{name}-phases", f"Phases of `{name}`", phases),
        Topic(f"{name}-certainty", f"Samples and ties of `{name}`", (samples, ties, cold)),
    ]


TOPICS = (
    *(topic for scenario in WORKLOADS for topic in _of_workload(scenario)),
    Topic("setup", "Setup", _of("download_mb", "packages", "install_s", "image_mb", "ready_s", "first_success_s")),
    Topic(
        "code",
        "Code and unit test",
        _of("pipeline_lines", "config_lines", "deployment_lines", "settings", "unit_test_s", "unit_test_peak_mb"),
    ),
    Topic(
        "retry",
        "Retries",
        (
            Fact("step_home", "each step runs in", each(facts.step_home)),
            *_of("retry_delay_1_s", "retry_delay_2_s"),
            Fact("constant_delay", "same delay each time", each(facts.constant_delay)),
            *_of("exhaustion_told_s"),
        ),
    ),
    Topic(
        "correctness",
        "Correctness",
        (
            Fact("valid", "valid trials", each(facts.valid_of_all), "the-output-gate"),
            Fact("refused", "triggers rejected", each(facts.refused), "the-clock"),
            Fact("retried", "succeeded after failures", each(partial(facts.as_demanded, "retry"))),
            Fact("rerun", "finished steps run again", each(facts.rerun)),
            Fact("attempts", "attempts if it always fails", each(facts.exhaustion_attempts)),
            Fact("exhausted", "failed without export", each(partial(facts.as_demanded, "exhaustion"))),
            Fact("account", "attempt history agrees", each(facts.own_account), source=facts.no_account_source),
        ),
    ),
    Topic(
        "footprint",
        "Footprint",
        _of("idle_rss_mb", "idle_cpu_percent", "etl_peak_rss_mb", "etl_cpu_s", "state_kb", "transactions"),
    ),
)
"""All topics, in display order."""
