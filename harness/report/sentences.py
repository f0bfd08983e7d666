"""What the headline shows, in sentences. They claim no more than the intervals support."""

import math
from itertools import groupby

from harness.report.format import in_seconds, listed
from harness.report.lineup import Lineup
from harness.report.measures import OVERHEAD
from harness.report.row import EMULATOR, GROUPS, Row
from harness.statistics.samples import Interval

_MOST_PAIRS = 3
_NEGLIGIBLE = 0.01
"""The share of a run below which overhead hardly matters for the choice of a tool."""


def sentences(lineup: Lineup) -> list[str]:
    """Return at most five sentences of one line each, the most useful first."""
    said = [_lowest(lineup), _tuning(lineup), _long_runs(lineup), _ties(lineup), _troubles(lineup)]
    return [sentence for sentence in said if sentence]


def asides(lineup: Lineup) -> list[str]:
    """Return the small print: certainty, what tuning does not change, and what is not ranked."""
    said = [_certainty(lineup), _not_tuned(lineup), *_baseline(lineup), _emulators(lineup), _all_valid(lineup)]
    return [sentence for sentence in said if sentence]


def modes_note(lineup: Lineup) -> str:
    """Say that modes are ranked separately, if there is more than one."""
    if len(lineup.modes) < 2:
        return ""
    ranked = [GROUPS[mode] for mode in lineup.modes if mode != EMULATOR]
    said = f"{listed(ranked).capitalize()} are ranked separately. " if len(ranked) > 1 else ""
    return f"{said}Emulators are not ranked. " if EMULATOR in lineup.modes else said


def _lowest(lineup: Lineup) -> str:
    """Name the tool with the lowest overhead of each mode that is ranked."""
    known = [row for row in lineup.ordered if not row.system.baseline and OVERHEAD.sample(row).n]
    if not known:
        return "No tool has a number yet."
    ranked = [row for row in known if row.ranking]
    if len(lineup.tools) == 1:
        said = "Overhead per `etl` run: " + ", ".join(f"{row.spoken} {_overhead(row)}" for row in known)
    elif ranked:
        firsts = [next(own) for _, own in groupby(ranked, key=lambda row: row.ranking)]
        said = f"Lowest overhead per `etl` run: {listed([_first(row, lineup) for row in firsts])}"
    else:
        return ""
    unsure = any(lineup.standing(row) is None for row in ranked)
    return f"{said}.{' With so few laps, no order is certain.' if unsure else ''}"


def _first(row: Row, lineup: Lineup) -> str:
    standing = lineup.standing(row)
    rivals = [lineup.rows[other].system for other in standing.inseparable] if standing else []
    name = row.system.title if any(rival.name == row.system.name for rival in rivals) else row.spoken
    others = dict.fromkeys(rival.title for rival in rivals if rival.name != row.system.name)
    among = f" among {GROUPS[row.system.mode]}" if row.group else ""
    tie = f" (tied with {listed([*others])})" if others else ""
    return f"{name} with {_overhead(row)}{among}{tie}"


def _tuning(lineup: Lineup) -> str:
    """Name the factor by which tuning changes each tool's overhead, if that is significant."""
    clear = [(row.system.title, times.value) for row, times in lineup.gains(OVERHEAD) if times.separable]
    cut = [f"{value:.1f} ({name})" for name, value in clear if value > 1]
    raised = [f"{1 / value:.1f} ({name})" for name, value in clear if value < 1]
    said = [f"cuts overhead by a factor of {listed(cut)}"] if cut else []
    said += [f"raises it by a factor of {listed(raised)}"] if raised else []
    return f"Profile `{lineup.pair[-1]}` {' and '.join(said)}." if said else ""


def _not_tuned(lineup: Lineup) -> str:
    unclear = [row.system.title for row, times in lineup.gains(OVERHEAD) if not times.separable]
    if not unclear:
        return ""
    return f"Profile `{lineup.pair[-1]}` makes no measurable difference to the overhead of {listed(unclear)}."


def _long_runs(lineup: Lineup) -> str:
    """Name the length from which a run's overhead hardly matters, for the first mode that has numbers."""
    known = [tool.last for tool in lineup.ranked_tools if OVERHEAD.sample(tool.last).n]
    lengths = [f"{_negligible_from(row)} ({row.system.title})" for row in known if row.ranking == known[0].ranking]
    return f"Overhead is under {_NEGLIGIBLE:.0%} of runs over {listed(lengths)}." if lengths else ""


def _negligible_from(row: Row) -> str:
    return f"{max(1, math.ceil((OVERHEAD.typical(row) or 0) / _NEGLIGIBLE / 60))} min"


def _ties(lineup: Lineup) -> str:
    pairs = [f"{one.spoken} and {other.spoken}" for one, other in lineup.ties([tool.last for tool in lineup.tools])]
    more = f", and {len(pairs) - _MOST_PAIRS} more pairs" if len(pairs) > _MOST_PAIRS else ""
    return f"Too close to call: {', '.join(pairs[:_MOST_PAIRS])}{more}." if pairs else ""


def _troubles(lineup: Lineup) -> str:
    said = [f"{row.spoken}: {', '.join(row.troubles)}" for row in lineup.rows if row.troubles]
    return f"Not every trial was valid. {'. '.join(said)}." if said else ""


def _all_valid(lineup: Lineup) -> str:
    count = sum(len(row.trials) for row in lineup.rows)
    if not count or any(row.troubles for row in lineup.rows):
        return ""
    return f"All {count} trials ended as required, with verified output."


def _certainty(lineup: Lineup) -> str:
    """Show the narrowest and the widest interval of the overhead."""
    known = [
        (row, interval, typical)
        for tool in lineup.ranked_tools
        for row in tool.measured
        if (interval := OVERHEAD.sample(row).interval) and (typical := OVERHEAD.typical(row))
    ]
    if not known:
        return ""
    known.sort(key=lambda each: (each[1].high - each[1].low) / each[2])
    ends = [f"{_reach(interval, typical)} for {row.spoken}" for row, interval, typical in (known[0], known[-1])]
    if len(known) == 1:
        return f"The overhead's 95% interval is {ends[0]}."
    return f"95% intervals of the overhead range from {ends[0]} to {ends[1]}."


def _reach(interval: Interval, typical: float) -> str:
    minus = "\N{MINUS SIGN}"
    return f"{minus}{1 - interval.low / typical:.0%}/+{interval.high / typical - 1:.0%}"


def _baseline(lineup: Lineup) -> list[str]:
    return [
        f"The baseline, {row.system.title}, has {_overhead(row)} of overhead."
        for row in lineup.rows
        if row.system.baseline and OVERHEAD.sample(row).n
    ]


def _emulators(lineup: Lineup) -> str:
    emulators = list(dict.fromkeys(row.system.title for row in lineup.rows if row.system.mode == EMULATOR))
    if not emulators:
        return ""
    if len(emulators) == 1:
        return f"{emulators[0]} is an emulator: its figures say nothing about the real service, so it is not ranked."
    names = listed(emulators)
    return f"{names} are emulators: their figures say nothing about the real services, so they are not ranked."


def _overhead(row: Row) -> str:
    return in_seconds(OVERHEAD.typical(row) or 0)
