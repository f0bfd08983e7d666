"""What the first screen says in words: never more than the intervals carry."""

import math
from collections.abc import Sequence

from harness.report.column import Column
from harness.report.format import listed, short
from harness.report.headline import ORDER, headline, troubles
from harness.report.pairs import gains, pair, ranked_tools, tools, undecided
from harness.report.ranking import EMULATOR, GROUPS, modes_of, spoken, standing_of
from harness.statistics.samples import Interval

_MOST_PAIRS = 3
_NEGLIGIBLE = 0.01
"""The share of a run below which nobody chooses a tool by its overhead."""


def sentences(everyone: Sequence[Column]) -> list[str]:
    """Return at most five sentences of one line each, the most useful first."""
    said = [_lowest(everyone), _tuning(everyone), _long_runs(everyone), _ties(everyone), _troubles(everyone)]
    return [sentence for sentence in said if sentence]


def asides(everyone: Sequence[Column]) -> list[str]:
    """Return the small print of the first screen: certainty, what tuning does not change, and what is not ranked."""
    said = [
        _certainty(everyone),
        _not_tuned(everyone),
        *_baseline(everyone),
        _emulators(everyone),
        _all_valid(everyone),
    ]
    return [sentence for sentence in said if sentence]


def _lowest(everyone: Sequence[Column]) -> str:
    """Name the tool with the lowest overhead in each mode that is ranked."""
    known = [line.column for line in headline(everyone) if ORDER.sample(line.column).n]
    known = [column for column in known if not column.system.baseline]
    if not known:
        return "No tool has a number yet."
    if len({each.system.name for each in everyone if not each.system.baseline}) == 1:
        said = "Overhead per `etl` run: " + ", ".join(f"{spoken(each, everyone)} {_overhead(each)}" for each in known)
    else:
        of_modes = [[each for each in known if each.system.mode == mode] for mode in modes_of(everyone)]
        firsts = [_first_of(own, everyone) for own in of_modes if own and own[0].system.mode != EMULATOR]
        if not firsts:
            return ""
        said = f"Lowest overhead per `etl` run: {listed(firsts)}"
    ranked = [each for each in known if each.system.mode != EMULATOR]
    unsure = any(standing_of(each, everyone, ORDER.sample) is None for each in ranked)
    return f"{said}.{' With so few laps, no order is certain.' if unsure else ''}"


def _first_of(own: Sequence[Column], everyone: Sequence[Column]) -> str:
    first, tool = own[0], own[0].system
    standing = standing_of(first, everyone, ORDER.sample)
    rivals = [everyone[other].system for other in standing.inseparable] if standing else []
    name = tool.title if any(rival.name == tool.name for rival in rivals) else spoken(first, everyone)
    others = list(dict.fromkeys(rival.title for rival in rivals if rival.name != tool.name))
    among = f" among {GROUPS[tool.mode]}" if len(modes_of(everyone)) > 1 else ""
    tie = f" (tied with {listed(others)})" if others else ""
    return f"{name} with {_overhead(first)}{among}{tie}"


def _tuning(everyone: Sequence[Column]) -> str:
    """Say by which factor the second profile of the pair changes each tool's overhead, if that is significant."""
    clear = [(tuned.system.title, times.value) for tuned, times in gains(everyone, ORDER.sample) if times.separable]
    cut = [f"{value:.1f} ({name})" for name, value in clear if value > 1]
    raised = [f"{1 / value:.1f} ({name})" for name, value in clear if value < 1]
    said = [f"cuts overhead by a factor of {listed(cut)}"] if cut else []
    said += [f"raises it by a factor of {listed(raised)}"] if raised else []
    return f"Profile `{pair(everyone)[-1]}` {' and '.join(said)}." if said else ""


def _not_tuned(everyone: Sequence[Column]) -> str:
    unclear = [tuned.system.title for tuned, times in gains(everyone, ORDER.sample) if not times.separable]
    if not unclear:
        return ""
    return f"Profile `{pair(everyone)[-1]}` makes no measurable difference to the overhead of {listed(unclear)}."


def _long_runs(everyone: Sequence[Column]) -> str:
    """Say from which length on a run's overhead hardly matters, for the first mode that has numbers."""
    known = [tool.last for tool in ranked_tools(everyone, ORDER.sample)]
    known = [column for column in known if ORDER.sample(column).typical is not None]
    shown = [column for column in known if column.system.mode == known[0].system.mode]
    if not shown:
        return ""
    lengths = [f"{_negligible_from(column)} ({column.system.title})" for column in shown]
    return f"Overhead is under {_NEGLIGIBLE:.0%} of runs over {listed(lengths)}."


def _negligible_from(column: Column) -> str:
    return f"{max(1, math.ceil((ORDER.sample(column).typical or 0) / _NEGLIGIBLE / 60))} min"


def _ties(everyone: Sequence[Column]) -> str:
    last = [tool.last for tool in tools(everyone, ORDER.sample)]
    pairs = [
        f"{spoken(one, everyone)} and {spoken(other, everyone)}"
        for one, other in undecided(last, everyone, ORDER.sample)
    ]
    more = f", and {len(pairs) - _MOST_PAIRS} more pairs" if len(pairs) > _MOST_PAIRS else ""
    return f"Too close to call: {', '.join(pairs[:_MOST_PAIRS])}{more}." if pairs else ""


def _troubles(everyone: Sequence[Column]) -> str:
    said = [f"{spoken(column, everyone)}: {', '.join(troubles(column))}" for column in everyone if troubles(column)]
    return f"Not every trial was valid. {'. '.join(said)}." if said else ""


def _all_valid(everyone: Sequence[Column]) -> str:
    count = sum(len(column.trials) for column in everyone)
    if not count or any(troubles(column) for column in everyone):
        return ""
    return f"All {count} trials ended as required, with verified output."


def _certainty(everyone: Sequence[Column]) -> str:
    """Say how far the narrowest and the widest interval of what is shown reach."""
    known = [
        (column, interval, typical)
        for tool in ranked_tools(everyone, ORDER.sample)
        for column in tool.measured
        if (interval := ORDER.sample(column).interval) and (typical := ORDER.sample(column).typical)
    ]
    if not known:
        return ""
    known.sort(key=lambda each: (each[1].high - each[1].low) / each[2])
    ends = [f"{_reach(interval, typical)} for {spoken(c, everyone)}" for c, interval, typical in (known[0], known[-1])]
    if len(known) == 1:
        return f"The overhead's 95% interval is {ends[0]}."
    return f"95% intervals of the overhead range from {ends[0]} to {ends[1]}."


def _reach(interval: Interval, typical: float) -> str:
    minus = "\N{MINUS SIGN}"
    return f"{minus}{1 - interval.low / typical:.0%}/+{interval.high / typical - 1:.0%}"


def _baseline(everyone: Sequence[Column]) -> list[str]:
    return [
        f"The baseline, {column.system.title}, has {_overhead(column)} of overhead."
        for column in everyone
        if column.system.baseline and ORDER.sample(column).n
    ]


def _emulators(everyone: Sequence[Column]) -> str:
    emulators = list(dict.fromkeys(each.system.title for each in everyone if each.system.mode == EMULATOR))
    if not emulators:
        return ""
    if len(emulators) == 1:
        return f"{emulators[0]} is an emulator: its figures say nothing about the real service, so it is not ranked."
    names = listed(emulators)
    return f"{names} are emulators: their figures say nothing about the real services, so they are not ranked."


def _overhead(column: Column) -> str:
    return short(ORDER.sample(column).typical or 0, "s")
