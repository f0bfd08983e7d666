"""Formats figures, dates and lists of names."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from harness.statistics.ratios import Ratio
from harness.statistics.samples import Sample

NOTHING = "–"
"""An empty cell."""
NO_BREAK = "\N{NO-BREAK SPACE}"


def number(sample: Sample, form: str) -> str:
    """Show a number with its 95% interval, or with its range and count if there are too few laps for an interval.

    A single sample has no count. Tables with single samples say once that n=1.
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
    """Format a number. Zero has no sign."""
    return format(value, f"z{form}")


def factor(times: Ratio) -> str:
    """Show a ratio, with its interval if there is one."""
    ends = f" [{times.interval.low:.1f}–{times.interval.high:.1f}]" if times.interval else ""
    return f"{times.value:.1f}{ends}"


def unbroken(words: str) -> str:
    """Prevent line breaks between words."""
    return words.replace(" ", NO_BREAK)


def day(seconds: float) -> str:
    """Show the day (UTC) of a moment in Unix seconds."""
    return minute(seconds)[:10]


def days(moments_s: Iterable[float]) -> str:
    """Show the day, or the first and the last day (UTC), of moments in Unix seconds."""
    first, *rest = sorted({day(seconds) for seconds in moments_s})
    return f"from {first} to {rest[-1]}" if rest else f"on {first}"


def counted(number: int, what: str) -> str:
    """Show a count with its noun, in the plural unless the count is one."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Join names with commas and `and`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def minute(seconds: float) -> str:
    """Show a moment in Unix seconds to the minute (UTC)."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def in_seconds(value: float) -> str:
    """Show seconds with two digits and their unit."""
    return f"{digits(value, 's')} s"


def digits(value: float, unit: str) -> str:
    """Show a number without its unit: seconds with two digits, anything else as an integer."""
    size = abs(value)
    places = 0 if unit != "s" or size >= 9.95 else 1 if size >= 0.995 else 2
    return figure(value, f".{places}f")
