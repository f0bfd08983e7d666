"""Writes `table.md`: every measure and fact of a result, topic by topic, with a line per row."""

from pathlib import Path

from harness.experiment.plan import Plan
from harness.report.escape import escaped
from harness.report.lineup import Lineup
from harness.report.notes import FROM_A_RESULT, linked
from harness.report.parts import joined_note, lap_numbers
from harness.report.row import Row
from harness.report.sentences import asides, modes_note, sentences
from harness.report.settings import SETTINGS, anchor
from harness.report.templates import filled, table
from harness.report.topics import TOPICS, Entry, Topic, cells, heading, single_samples, source
from harness.report.warnings import warnings
from harness.results.records import BuiltRecord

TABLE = "table.md"
PAGE = "index.html"
MATRIX = "results/crash.md"
"""The crash matrix of all results, relative to the repository."""
ONE_SAMPLE = "A number without brackets is one sample (n=1)."
_TEMPLATE = Path(__file__).with_name("table.md.j2")


def render_tables(lineup: Lineup) -> str:
    """Return all tables as markdown. This is a pure function of the lineup."""
    result, environment = lineup.result, lineup.result.environment
    images = {each.orchestrator: f"`{each.id}`" for each in result.records if isinstance(each, BuiltRecord)}
    text = filled(
        _TEMPLATE,
        environment=environment,
        machine=environment.machine,
        pinning=environment.pinning,
        lanes="; ".join(", ".join(map(str, lane)) for lane in environment.pinning.lanes),
        gib=2**30,
        sentences=[*sentences(lineup), *asides(lineup)],
        topics=[_topic(topic, lineup) for topic in TOPICS],
        warnings=warnings(lineup),
        joined=joined_note(result),
        parts=result.parts,
        lap_numbers=lap_numbers,
        modes_note=modes_note(lineup),
        retries=_retries(result.plan),
        laps=max((end.lap for row in lineup.rows for end in row.rounds), default=0),
        trials=sum(len(row.trials) for row in lineup.rows),
        versions=", ".join(f"{each.title} {each.version}" for each in environment.systems if not each.baseline),
        images={each.name: images.get(each.name, "not built") for each in environment.systems},
    )
    return f"{text}\n"


def _topic(topic: Topic, lineup: Lineup) -> dict[str, str]:
    columns = [_column(entry, lineup) for entry in topic.entries]
    rows = zip(map(_name, lineup.rows), *columns, strict=True)
    return {
        "title": topic.title,
        "note": ONE_SAMPLE if single_samples(topic.entries, lineup) else "",
        "table": table(["", *map(heading, topic.entries)], rows, "--:"),
    }


def _column(entry: Entry, lineup: Lineup) -> list[str]:
    words = zip(map(escaped, cells(entry, lineup)), lineup.rows, strict=True)
    return [f"[{said}]({page})" if (page := source(entry, row)) else said for said, row in words]


def _name(row: Row) -> str:
    system = row.system
    name = linked(system.title, system.name, FROM_A_RESULT)
    if system.baseline:
        return name
    mode = f" ({system.mode})" if row.group else ""
    return f"{name} [{row.profile}]({SETTINGS}#{anchor(system, row.profile)}){mode}"


def _retries(plan: Plan) -> str:
    """Name the retries of each step, in every way that the plan's scenarios set them."""
    settings = {(each.retries, each.retry_delay_s) for each in plan.scenarios.values()}
    return " or ".join(f"{retries} retries, {delay_s:g} s apart" for retries, delay_s in sorted(settings))
