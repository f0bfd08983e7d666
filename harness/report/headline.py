"""The headline: one line for each system, best first among its like, with the numbers that most people ask for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from harness.report.column import Column
from harness.report.figures import digits, short
from harness.report.measures import MEASURES
from harness.report.ranking import place, standing_of
from harness.statistics.standings import Standing

ORDER = MEASURES["etl_overhead_s"]
"""What systems are ranked by."""
HEADS = (
    "system",
    "added to a run: waiting + computing",
    "empty run",
    "added to a retry",
    "ready",
    "at rest",
    "image",
    "code",
)
_PLAIN = ("noop_total_s", "retry_extra_s", "ready_s", "idle_rss_mb", "image_mb")
_NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """A system under a profile; its `cells` stand under `HEADS[1:]`.

    `rank` is `None` where laps are too few to tell, and of what is not ranked: the baseline, an emulator.
    """

    column: Column
    rank: int | None
    cells: tuple[str, ...]
    troubles: tuple[str, ...]


def headline(everyone: Sequence[Column]) -> list[Line]:
    """Return a line for each column, mode by mode, in the order of what it adds to a run.

    In each mode, those without a number come last.
    """
    ordered = sorted(everyone, key=lambda column: (place(column, everyone), *_value(column)))
    standings = {column: standing_of(column, everyone, ORDER.sample) for column in everyone}
    doubtful = _doubtful(ordered, everyone, standings)
    return [_line(column, standings[column], doubtful=column in doubtful) for column in ordered]


@cache
def troubles(column: Column) -> tuple[str, ...]:
    """Say how many trials did not come out valid, by what they came to, and whether a round failed."""
    outcomes = Counter(trial.outcome for trial in column.trials if trial.outcome != "valid")
    said = [f"{count} of {len(column.trials)} {outcome}" for outcome, count in sorted(outcomes.items())]
    failed = sum(bool(end.failure) for end in column.rounds)
    return (*said, *([f"{failed} of {len(column.rounds)} rounds failed"] if failed else []))


def waiting_share(column: Column) -> float | None:
    """Return the share of waiting in what a column adds to `etl`; `None` where it is not told."""
    waiting, computing = (MEASURES[f"etl_{part}_s"].sample(column).typical for part in ("waiting", "computing"))
    if waiting is None or computing is None or waiting + computing <= 0:
        return None
    return waiting / (waiting + computing)


def code_lines(column: Column) -> int | None:
    """Return the source lines that a tool asks for: pipeline, configuration and deployment."""
    if not column.code:
        return None
    return sum(sum(files.values()) for files in column.code[-1].sloc.values())


def _value(column: Column) -> tuple[bool, float]:
    # The order is that of the ranks, so laps of all machines make it.
    typical = ORDER.sample(column).everywhere.typical
    return typical is None, typical or 0.0


def _doubtful(
    ordered: Sequence[Column], everyone: Sequence[Column], standings: dict[Column, Standing | None]
) -> set[Column]:
    """Return those that cannot be told from a neighbour in the order: a reader needs their ± to judge it."""
    index = {column: place for place, column in enumerate(everyone)}
    doubtful: set[Column] = set()
    for one, other in pairwise(ordered):
        standing = standings[one]
        if standing and index[other] in standing.inseparable:
            doubtful |= {one, other}
    return doubtful


def _line(column: Column, standing: Standing | None, *, doubtful: bool) -> Line:
    lines = code_lines(column)
    return Line(
        column,
        standing.rank if standing else None,
        (
            _overhead(column, doubtful=doubtful),
            *(_short(column, key) for key in _PLAIN),
            _NOTHING if lines is None else str(lines),
        ),
        troubles(column),
    )


def _short(column: Column, key: str) -> str:
    measure = MEASURES[key]
    typical = measure.sample(column).typical
    return _NOTHING if typical is None else short(typical, measure.unit)


def _overhead(column: Column, *, doubtful: bool) -> str:
    sample = ORDER.sample(column)
    if sample.typical is None:
        return _NOTHING
    said = digits(sample.typical, "s")
    if doubtful and sample.interval:
        reach = (sample.interval.high - sample.interval.low) / 2
        said += f" ± {digits(reach, 's', sample.typical)}"
    share = waiting_share(column)
    if share is None:
        return f"{said} s"
    # Means of parts do not add up to the mean of the whole; a share of it does.
    parts = (share * sample.typical, (1 - share) * sample.typical)
    return f"{said} s: {' + '.join(digits(part, 's', sample.typical) for part in parts)}"
