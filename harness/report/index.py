"""The index of results, one line each, newest first."""

from collections.abc import Iterable

from harness.report.crash_matrix import first_file
from harness.report.escape import escaped
from harness.report.figures import minute
from harness.report.markdown import PAGE
from harness.report.notes import linked
from harness.results.records import CrashRecord, TrialRecord
from harness.results.result import Result

_HEAD = ("measured", "machine", "preset", "isolation", "systems", "trials", "commit", "")


def render_index(results: Iterable[Result]) -> str:
    """Return the index as markdown, for the folder of all results."""
    newest_first = sorted(results, key=lambda result: result.environment.started_s, reverse=True)
    lines = [f"| {' | '.join(_HEAD)} |", f"|{' :-- |' * len(_HEAD)}"]
    return "\n".join([*lines, *map(_line, newest_first)])


def _line(result: Result) -> str:
    environment, name = result.environment, result.folder.name
    machine = environment.machine
    systems = [
        f"{linked(s.title, s.name, '../')}{'' if s.baseline else f' {escaped(s.version)}'}" for s in environment.systems
    ]
    trials = sum(isinstance(record, TrialRecord | CrashRecord) for record in result.records)
    cells = (
        f"[{minute(environment.started_s)}]({name}/{first_file(result.plan)})",
        escaped(f"{machine.host}: {machine.cpus} × {machine.cpu_model}"),
        f"{environment.preset}, {environment.laps} repetition{'s' if environment.laps > 1 else ''}",
        environment.isolation.kind,
        ", ".join(systems),
        str(trials),
        f"`{environment.commit[:8] or 'unknown'}`",
        f"[page]({name}/{PAGE})",
    )
    return f"| {' | '.join(cells)} |"
