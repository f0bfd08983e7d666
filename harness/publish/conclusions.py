"""Renders the page of conclusions. The published result provides every figure on it."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from harness.report.escape import escaped
from harness.report.format import factor
from harness.report.lineup import Lineup
from harness.report.measures import MEASURES, Measure, waiting_share
from harness.report.parts import joined_note
from harness.report.row import EMULATOR, Row
from harness.report.templates import filled, table
from harness.report.topics import cells
from harness.report.warnings import warnings
from harness.statistics.samples import spread

_TEMPLATE = Path(__file__).with_name("reading.md.j2")
_TABLE = [
    MEASURES[key]
    for key in ("etl_total_s", "etl_overhead_s", "etl_waiting_s", "noop_total_s", "idle_rss_mb", "retry_extra_s")
]
_MOST = 0.5
_EXACT_S = 0.1
"""A retry delay is exact if it exceeds the configured delay by less than this."""


def render_reading(lineup: Lineup, link: str) -> str:
    """Return the page as markdown. `link` is the path from the page to the result's folder."""
    result, modes = lineup.result, lineup.modes
    shown = [row for row in lineup.ordered if not row.system.baseline]
    tools = [row for row in shown if row.ranking]
    tuned = [row for row in tools if row.profile in lineup.pair[1:]]
    shares = [(row, share) for row in tools if (share := waiting_share(row)) is not None]
    exact = [row for row in tools if _retries_exactly(row)]
    first_mode = [row for row in tools if row.system.mode in modes[:1]]
    return filled(
        _TEMPLATE,
        link=link,
        folder=result.folder.name,
        environment=result.environment,
        joined=joined_note(result),
        table=_table(lineup),
        work_s=_range(_typical(lineup.rows, "etl_work_s")),
        spread=_times_as_long(_typical(first_mode, "noop_total_s")),
        kind="tool" if len(modes) < 2 else modes[0],
        waiting=[f"{row.name} ({share:.0%} waiting)" for row, share in shares if share > _MOST],
        computing=[f"{row.name} ({share:.0%} waiting)" for row, share in shares if share <= _MOST],
        noop_gains=_gains(lineup, "noop_total_s"),
        etl_gains=_gains(lineup, "etl_total_s"),
        tuned=_orders(tuned),
        modes=len(modes),
        emulators=list(dict.fromkeys(row.system.title for row in shown if row.system.mode == EMULATOR)),
        tuned_ties=[f"{one.system.title} and {other.system.title}" for one, other in lineup.ties(tuned)],
        not_retried=[row.name for row in lineup.rows if not _retried(row)],
        exact=[row.name for row in exact],
        adding=[row.name for row in tools if row not in exact],
        troubles=[f"{row.name}: {', '.join(row.troubles)}" for row in lineup.rows if row.troubles],
        hung=any(trial.outcome == "hung" for row in lineup.rows for trial in row.trials),
        least_memory=_extreme(tools, min),
        most_memory=_extreme(tools, max),
        warnings=warnings(lineup),
    )


def _table(lineup: Lineup) -> str:
    names = [row.label for row in lineup.rows]
    rows = zip(names, *(cells(measure, lineup) for measure in _TABLE), strict=True)
    return table(["", *map(_head, _TABLE)], ([*map(escaped, row)] for row in rows), "--:")


def _head(measure: Measure) -> str:
    return f"{f'`{measure.workload}` ' if measure.workload else ''}{measure.title}, {measure.unit}"


def _typical(rows: Sequence[Row], key: str) -> list[float]:
    return [value for row in rows if (value := MEASURES[key].typical(row)) is not None]


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f} s" if values else "n/a"


def _times_as_long(values: Sequence[float]) -> str:
    return f"{1 + spread(values):.0f}" if values else "n/a"


def _gains(lineup: Lineup, key: str) -> list[str]:
    """Return the significant gains of tuning in words, largest first."""
    gains = lineup.gains(MEASURES[key])
    return [f"{row.system.title} {factor(times)}" for row, times in gains if times.separable]


def _retried(row: Row) -> bool:
    """Say if every run with failing steps ended as required. A run that hung did not end."""
    ended = [t for name in ("retry", "exhaustion") for t in row.judged(name) if t.outcome != "hung"]
    return bool(ended) and all(trial.outcome == "valid" for trial in ended)


def _retries_exactly(row: Row) -> bool:
    extra_s = MEASURES["retry_extra_s"].typical(row)
    return extra_s is not None and extra_s < _EXACT_S


def _orders(tuned: Sequence[Row]) -> list[str]:
    """Return the order of the tuned rows, one per mode that has several."""
    modes = [(words, [row.system.title for row in own]) for words, own in groupby(tuned, key=lambda row: row.group)]
    return [f"{f'{words.capitalize()}: ' if words else ''}{', '.join(own)}" for words, own in modes if len(own) > 1]


def _extreme(rows: Sequence[Row], choose: Callable[..., tuple[float, str]]) -> str:
    memory = MEASURES["idle_rss_mb"]
    known = [(value, row.label) for row in rows if (value := memory.typical(row)) is not None]
    if not known:
        return "n/a"
    value, name = choose(known)
    return f"{name} ({value:.0f} {memory.unit})"
