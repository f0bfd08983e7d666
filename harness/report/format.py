"""How a figure stands in a cell: with its interval or its range, or short, or with the reason why there is none."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from harness.report.column import Column
from harness.statistics.ratios import Ratio
from harness.statistics.samples import Sample

NOTHING = "–"
"""A cell about which there is nothing to say."""
NO_BREAK = "\N{NO-BREAK SPACE}"
_GB_FROM_MB = 1000


def number(sample: Sample, form: str) -> str:
    """Show a number with its 95% interval, or with its range and count if there are too few laps for one.

    A single sample stands without a count: whoever shows some says once that n=1.
    """
    if sample.typical is None or sample.low is None or sample.high is None:
        raise ValueError("expected a sample")
    typical = figure(sample.typical, form)
    if sample.interval:
        return f"{typical} [{figure(sample.interval.low, form)}–{figure(sample.interval.high, form)}]"
    if sample.n == 1:
        return typical
    return f"{typical} ({figure(sample.low, form)}–{figure(sample.high, form)}, n={sample.n})"


def figure(value: float, form: str) -> str:
    """Format a number; one that rounds to nothing has no sign."""
    return format(value, f"z{form}")


def factor(times: Ratio) -> str:
    """Show how many times one number is another, with its interval if there is one."""
    ends = f" [{times.interval.low:.1f}–{times.interval.high:.1f}]" if times.interval else ""
    return f"{times.value:.1f}{ends}"


def unbroken(words: str) -> str:
    """Keep words in one line."""
    return words.replace(" ", NO_BREAK)


def day(seconds: float) -> str:
    """Show the day (UTC) of a moment, given in Unix seconds."""
    return minute(seconds)[:10]


def days(moments_s: Iterable[float]) -> str:
    """Say on which day, or from which to which, the moments were. They are in Unix seconds."""
    first, *rest = sorted({day(seconds) for seconds in moments_s})
    return f"from {first} to {rest[-1]}" if rest else f"on {first}"


def counted(number: int, what: str) -> str:
    """Show a count with its noun, in the plural unless there is one."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def minute(seconds: float) -> str:
    """Show a moment, given in Unix seconds, to the minute (UTC)."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def missing(column: Column, why: str = "no valid trial") -> str:
    """Say why there is no figure: the failure of a round, or another reason."""
    return f"n/a: {f'failed: {column.failure}' if column.failure else why}"


def short(value: float, unit: str) -> str:
    """Show a number with two digits and its unit, in some seven characters: what an eye takes in at once."""
    if unit == "MB" and value >= _GB_FROM_MB:
        value, unit = value / _GB_FROM_MB, "GB"
    return f"{digits(value, unit)} {unit}".rstrip()


def digits(value: float, unit: str, beside: float | None = None) -> str:
    """Show a number alone: seconds and gigabytes with two digits, or as many decimals as `beside` has; else whole."""
    places = 0
    if unit in ("s", "GB"):
        size = abs(value if beside is None else beside)
        places = 0 if size >= 9.95 else 1 if size >= 0.995 else 2
    return figure(value, f".{places}f")
