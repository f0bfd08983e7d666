"""The crash lab: what happens to a run when something dies, and what a tool says about it."""

from collections.abc import Iterator

from harness.experiment.crash import NotTried
from harness.experiment.plan import Plan
from harness.labs.crash.estimate import TRIAL_S, rounds_s
from harness.labs.crash.matrix import CRASHES, render_crashes
from harness.labs.crash.page import render_crash_page
from harness.labs.crash.plan import not_tried
from harness.labs.crash.round import CrashRound
from harness.labs.crash.summary import summary
from harness.labs.kind import AnyTrial, Interim, Kind, TrialLine
from harness.orchestrators.contender import Contender
from harness.report.markdown import PAGE
from harness.report.settings import SETTINGS, render_settings
from harness.results.records import CrashRecord
from harness.results.result import Result


def _files(result: Result) -> Iterator[tuple[str, bytes]]:
    yield CRASHES, render_crashes([result]).encode()
    yield SETTINGS, render_settings(result.environment).encode()
    yield PAGE, render_crash_page(result).encode()


def _not_tried(contender: Contender, isolation: str, plan: Plan) -> dict[str, NotTried]:
    return not_tried(contender, isolation, plan.crashes)


def _trial_line(plan: Plan, record: AnyTrial) -> TrialLine:
    assert isinstance(record, CrashRecord), "a plan with crashes has no other trials"
    verdict = record.finding or record.outcome
    good = verdict == plan.crashes[record.scenario].wanted
    after = "" if record.told_s is None else f"after {record.told_s:.1f} s "
    return TrialLine(
        what=f"{record.scenario:<16} ",
        verdict=verdict,
        colour="green" if good else "red",
        reason=f"{after}{record.reason}",
        moves_s=TRIAL_S + record.waited_in_vain_s,
    )


def _interim(_result: Result, _width: int) -> Interim:
    """Return nothing, because the line of each trial says enough."""
    return Interim("", {})


CRASH = Kind(
    name="crash",
    round=CrashRound,
    estimate=rounds_s,
    not_tried=_not_tried,
    shares_cpus=True,
    first_file=CRASHES,
    files=_files,
    page=lambda result, _failures, site: render_crash_page(result, site=site),
    trial_line=_trial_line,
    interim=_interim,
    summary=summary,
    why_not_joined="it has crash trials, which `orchbench publish` already joins into one table",
    why_not_published="it contains crash trials, which the headline does not show (see its crash.md)",
)
