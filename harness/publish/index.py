"""The index of results, one line each, newest first."""

from collections.abc import Callable, Iterable

from harness.labs.crash.matrix import CRASHES
from harness.report.escape import escaped
from harness.report.format import counted, minute
from harness.report.markdown import TABLE
from harness.report.notes import linked
from harness.report.parts import machines_line
from harness.results.records import CrashRecord, TrialRecord
from harness.results.result import Result

Page = Callable[[Result], str]
"""Returns the link that shows a result, in markdown. Empty if there is none."""
_HEAD = ("measured", "machine", "preset", "isolation", "systems", "trials", "commit", "")


def render_index(results: Iterable[Result], page: Page) -> str:
    """Return the index as markdown, for the folder of all results."""
    newest_first = sorted(results, key=lambda result: result.environment.started_s, reverse=True)
    rows = (_HEAD, [":--"] * len(_HEAD), *([*_cells(result), page(result)] for result in newest_first))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def committed(published: Result, joined: Iterable[Result]) -> Page:
    """Link to the repository's pages: the tables of the published result, and the matrix of the joined crash laps."""
    laps = [*joined]

    def page(result: Result) -> str:
        if result.folder.resolve() == published.folder.resolve():
            return f"[tables]({result.folder.name}/{TABLE})"
        return f"[matrix]({CRASHES})" if result in laps else ""

    return page


def _cells(result: Result) -> tuple[str, ...]:
    environment = result.environment
    trials = sum(isinstance(record, TrialRecord | CrashRecord) for record in result.records)
    return (
        f"[{minute(environment.started_s)}]({result.folder.name}/)",
        escaped(machines_line(result)),
        f"{environment.preset}, {counted(environment.laps, 'repetition')}",
        environment.isolation.kind,
        ", ".join(
            f"{linked(system.title, system.name, '../')}{'' if system.baseline else f' {escaped(system.version)}'}"
            for system in environment.systems
        ),
        str(trials),
        f"`{environment.commit[:8] or 'unknown'}`",
    )
