"""The latency benchmark: how long orchestrators take, and what they need, for the same pipeline."""

from collections.abc import Iterator

from harness.experiment.crash import NotTried
from harness.experiment.plan import Plan
from harness.labs.kind import AnyTrial, Kind, TrialLine
from harness.labs.latency.estimate import rounds_s
from harness.labs.latency.round import LatencyRound
from harness.labs.latency.terminal import interim, summary
from harness.orchestrators.contender import Contender
from harness.report.lineup import lineup_of
from harness.report.machine_readable import BADGE, SUMMARY, TRIALS, badge_json, summary_csv, trials_parquet
from harness.report.markdown import PAGE, TABLE, render_tables
from harness.report.overhead_figure import overhead_svg
from harness.report.page.render import render_page
from harness.report.settings import SETTINGS, render_settings
from harness.results.records import TrialRecord
from harness.results.result import Result

_COLOURS = {"valid": "green", "invalid": "red", "failed": "red", "hung": "yellow", "error": "red"}


def _files(result: Result) -> Iterator[tuple[str, bytes]]:
    lineup = lineup_of(result)
    yield TABLE, render_tables(lineup).encode()
    yield SETTINGS, render_settings(result.environment).encode()
    for name, svg in overhead_svg(lineup).items():
        yield name, svg.encode()
    yield PAGE, render_page(lineup).encode()
    yield SUMMARY, summary_csv(lineup).encode()
    yield TRIALS, trials_parquet(lineup)
    yield BADGE, badge_json(lineup).encode()


def _not_tried(_contender: Contender, _isolation: str, _plan: Plan) -> dict[str, NotTried]:
    """Return nothing, because every scenario applies to every system."""
    return {}


def _trial_line(_plan: Plan, record: AnyTrial) -> TrialLine:
    assert isinstance(record, TrialRecord), "a plan without crashes has no crash trials"
    seconds = (record.finished_ns - record.sent_ns) / 1e9
    name = f"{record.scenario}{' (cold)' if record.cold else ''}"
    return TrialLine(
        what=f"{name:<12} {seconds:7.2f} s  ",
        verdict=record.outcome,
        colour=_COLOURS[record.outcome],
        reason=record.reason,
        moves_s=seconds,
        log=record.log,
    )


LATENCY = Kind(
    name="latency",
    round=LatencyRound,
    estimate=rounds_s,
    not_tried=_not_tried,
    shares_cpus=False,
    first_file=TABLE,
    files=_files,
    page=lambda result, failures, site: render_page(lineup_of(result), failures, site=site),
    trial_line=_trial_line,
    interim=interim,
    summary=summary,
)
