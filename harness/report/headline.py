"""The headline: one line for each system and profile, the lowest overhead first within each mode."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from harness.report.column import Column
from harness.report.format import NOTHING, digits, short
from harness.report.measures import MEASURES
from harness.report.ranking import place, standing_of
from harness.statistics.standings import Standing

ORDER = MEASURES["etl_overhead_s"]
"""What systems are ranked by, everywhere."""
_PLAIN = ("noop_total_s", "retry_extra_s", "ready_s", "idle_rss_mb", "image_mb")


@dataclass(frozen=True)
class HeadlineRow:
    """A system under a profile, with its `cells`.

    These are overhead, no-op run, extra delay per retry, startup, idle memory, image, and lines of code. `rank` is
    `None` with too few laps, and for the baseline and emulators, which are not ranked.
    """

    column: Column
    rank: int | None
    cells: tuple[str, ...]
    troubles: tuple[str, ...]


def headline(everyone: Sequence[Column]) -> list[HeadlineRow]:
    """Return a line for each column, mode by mode, the lowest overhead first and those without a number last."""
    ordered = sorted(everyone, key=lambda column: (place(column, everyone), *_value(column)))
    return [_line(column, standing_of(column, everyone, ORDER.sample)) for column in ordered]


@cache
def troubles(column: Column) -> tuple[str, ...]:
    """Say how many trials were not valid, by outcome, and how many rounds failed."""
    outcomes = Counter(trial.outcome for trial in column.trials if trial.outcome != "valid")
    said = [f"{count} of {len(column.trials)} {outcome}" for outcome, count in sorted(outcomes.items())]
    failed = sum(bool(end.failure) for end in column.rounds)
    return (*said, *([f"{failed} of {len(column.rounds)} rounds failed"] if failed else []))


def waiting_share(column: Column) -> float | None:
    """Return the share of waiting in a column's overhead of `etl`; `None` if it is not known."""
    waiting, computing = (MEASURES[f"etl_{part}_s"].sample(column).typical for part in ("waiting", "computing"))
    if waiting is None or computing is None or waiting + computing <= 0:
        return None
    return waiting / (waiting + computing)


def code_lines(column: Column) -> int | None:
    """Return the source lines that a tool needs: pipeline, configuration and deployment."""
    if not column.code:
        return None
    return sum(sum(files.values()) for files in column.code[-1].sloc.values())


def _value(column: Column) -> tuple[bool, float]:
    # The order is that of the ranks, so laps of all machines make it.
    typical = ORDER.sample(column).everywhere.typical
    return typical is None, typical or 0.0


def _line(column: Column, standing: Standing | None) -> HeadlineRow:
    lines = code_lines(column)
    return HeadlineRow(
        column,
        standing.rank if standing else None,
        (
            _overhead(column),
            *(_short(column, key) for key in _PLAIN),
            NOTHING if lines is None else str(lines),
        ),
        troubles(column),
    )


def _short(column: Column, key: str) -> str:
    measure = MEASURES[key]
    typical = measure.sample(column).typical
    return NOTHING if typical is None else short(typical, measure.unit)


def _overhead(column: Column) -> str:
    sample = ORDER.sample(column)
    if sample.typical is None:
        return NOTHING
    said = digits(sample.typical, "s")
    if sample.interval:
        reach = (sample.interval.high - sample.interval.low) / 2
        said += f" ± {digits(reach, 's', sample.typical)}"
    share = waiting_share(column)
    if share is None:
        return f"{said} s"
    # Means of parts do not add up to the mean of the whole; a share of it does.
    parts = (share * sample.typical, (1 - share) * sample.typical)
    return f"{said} s: {' + '.join(digits(part, 's', sample.typical) for part in parts)}"
