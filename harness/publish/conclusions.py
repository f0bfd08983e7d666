"""Renders the page of conclusions from the published result, which provides every figure on it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.report.column import Column, columns
from harness.report.escape import escaped
from harness.report.format import day, factor
from harness.report.headline import ORDER, headline, troubles, waiting_share
from harness.report.measures import MEASURES, WORKLOADS
from harness.report.pairs import gains, pair, undecided
from harness.report.parts import joined_note
from harness.report.ranking import EMULATOR, group, label, modes_of
from harness.report.topics import cell
from harness.report.warnings import warnings
from harness.results.result import Result
from harness.statistics.samples import spread

_TABLE = ("etl_total_s", "etl_overhead_s", "etl_waiting_s", "noop_total_s", "idle_rss_mb", "retry_extra_s")
_MOST = 0.5
_KEEPS_S = 0.1
"""A retry delay is exact if it exceeds the configured delay by less than this."""


def render_reading(result: Result, link: str) -> str:
    """Return the page as markdown. `link` is the path from the page to the result's folder."""
    everyone = columns(result)
    shown = [line.column for line in headline(everyone) if not line.column.system.baseline]
    tools = [column for column in shown if column.system.mode != EMULATOR]
    tuned = [column for column in tools if column.profile in pair(everyone)[1:]]
    modes = modes_of(everyone)
    shares = [(column, share) for column in tools if (share := waiting_share(column)) is not None]
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # This is markdown, and each value is escaped.
    )
    return templates.get_template("reading.md.j2").render(
        link=link,
        folder=result.folder.name,
        environment=result.environment,
        machine=escaped(result.environment.machine.cpu_model),
        joined=escaped(joined_note(result)),
        measured=day(result.environment.started_s),
        heads=[_head(key) for key in _TABLE],
        rows=[
            (escaped(label(c, everyone)), [escaped(cell(MEASURES[key], c, everyone)) for key in _TABLE])
            for c in everyone
        ],
        work_s=_range(_typical(everyone, "etl_work_s")),
        spread=_times_as_long(_typical([each for each in tools if each.system.mode in modes[:1]], "noop_total_s")),
        kind="tool" if len(modes) < 2 else modes[0],
        waiting=[_part(column, share) for column, share in shares if share > _MOST],
        computing=[_part(column, share) for column, share in shares if share <= _MOST],
        noop_gains=_gains(everyone, "noop_total_s"),
        etl_gains=_gains(everyone, "etl_total_s"),
        tuned=_orders(tuned, everyone),
        modes=len(modes),
        emulators=dict.fromkeys(escaped(column.system.title) for column in shown if column not in tools),
        tuned_doubts=[
            f"{escaped(one.system.title)} and {escaped(other.system.title)}"
            for one, other in undecided(tuned, everyone, ORDER.sample)
        ],
        retried=all(_as_demanded(column) for column in everyone),
        not_retried=[escaped(column.name) for column in everyone if not _as_demanded(column)],
        keeping=_names(column for column in tools if _delays(column)),
        adding=_names(column for column in tools if not _delays(column)),
        troubles=[f"{escaped(column.name)}: {', '.join(troubles(column))}" for column in everyone if troubles(column)],
        hung=any(trial.outcome == "hung" for column in everyone for trial in column.trials),
        most_memory=_extreme(tools, everyone, max),
        least_memory=_extreme(tools, everyone, min),
        warnings=[escaped(warning) for warning in warnings(everyone)],
    )


def _head(key: str) -> str:
    measure = MEASURES[key]
    workload = next((f"`{name}` " for name in WORKLOADS if key.startswith(f"{name}_")), "")
    return f"{workload}{measure.title}, {measure.unit}"


def _typical(shown: Sequence[Column], key: str) -> list[float]:
    values = [MEASURES[key].sample(column).typical for column in shown]
    return [value for value in values if value is not None]


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f} s" if values else "n/a"


def _times_as_long(values: Sequence[float]) -> str:
    return f"{1 + spread(values):.0f}" if values else "n/a"


def _part(column: Column, share: float) -> str:
    return f"{escaped(column.name)} ({share:.0%} waiting)"


def _gains(everyone: Sequence[Column], key: str) -> list[str]:
    """Return the significant gains of tuning in words, largest first."""
    of_each = gains(everyone, MEASURES[key].sample)
    return [f"{escaped(tuned.system.title)} {factor(times)}" for tuned, times in of_each if times.separable]


def _as_demanded(column: Column) -> bool:
    ended = [t for name in ("retry", "exhaustion") for t in column.judged(name) if t.outcome != "hung"]
    return bool(ended) and all(trial.outcome == "valid" for trial in ended)


def _delays(column: Column) -> bool:
    """Whether a retry starts within 0.1 s of the configured delay."""
    extra_s = MEASURES["retry_extra_s"].sample(column).typical
    return extra_s is not None and extra_s < _KEEPS_S


def _names(shown: Iterator[Column]) -> list[str]:
    return [escaped(column.name) for column in shown]


def _orders(tuned: Sequence[Column], everyone: Sequence[Column]) -> list[str]:
    """Return the order of the tuned systems, one per mode that has several if there are several modes."""
    modes = [(words, list(own)) for words, own in groupby(tuned, key=lambda column: group(column, everyone))]
    return [
        f"{f'{words.capitalize()}: ' if words else ''}{', '.join(escaped(column.system.title) for column in own)}"
        for words, own in modes
        if len(own) > 1
    ]


def _extreme(shown: Sequence[Column], everyone: Sequence[Column], choose: Callable[..., tuple[float, str]]) -> str:
    memory = MEASURES["idle_rss_mb"]
    known = [(value, label(c, everyone)) for c in shown if (value := memory.sample(c).typical) is not None]
    if not known:
        return "n/a"
    value, name = choose(known)
    return f"{escaped(name)} ({value:.0f} {memory.unit})"
