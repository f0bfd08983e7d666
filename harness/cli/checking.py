"""The command `check`: what an orchestrator's folder still lacks, as a checklist."""

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import out
from harness.cli.names import AsJson

if TYPE_CHECKING:
    from harness.check.verdict import Verdict
    from harness.cli.as_json import Json

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "not asked": ("–", "dim"), "not reached": ("·", "yellow")}
_LOG_LINES = 15


def check(
    name: Annotated[str, typer.Argument(help="Which orchestrator: the name of a folder in pipelines/.")],
    profile: Annotated[str, typer.Option(help="Under which profile.")] = "defaults",
    until: Annotated[
        str | None,
        typer.Option(metavar="CHECK", help="Stop after this check, such as driver, build or ready."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an orchestrator's folder against the contract, the fastest checks first; exits with 1 if one fails."""
    from harness.check.checklist import until as checks_until
    from harness.check.examination import Examination
    from harness.check.subject import Subject
    from harness.check.verdict import Outcome
    from harness.orchestrators.discovery import folder_of

    checks = checks_until(until)
    folder = folder_of(name)
    examination = Examination(checks, Subject(folder, profile), folder)
    verdicts = []
    for each in checks:
        verdicts.append(examination.verdict(each.name))
        if not as_json:
            _show(verdicts[-1])
    failed = any(each.outcome in (Outcome.FAILED, Outcome.NOT_REACHED) for each in verdicts)
    if as_json:
        from harness.cli import as_json as json_of

        json_of.write(out, _told(name, profile, verdicts, passes=not failed))
    else:
        _sum_up(verdicts)
    raise typer.Exit(1 if failed else 0)


def _told(name: str, profile: str, verdicts: "list[Verdict]", *, passes: bool) -> "Json":
    """Return what each check came to, for programs."""
    return {
        "orchestrator": name,
        "profile": profile,
        "passes": passes,
        "checks": [
            {
                "name": each.name,
                "demand": each.demand,
                "outcome": each.outcome,
                "why": each.why,
                "seconds": round(each.seconds, 3),
                "faults": [
                    {"what": fault.what, "hint": fault.hint, "log": fault.log.splitlines()} for fault in each.faults
                ],
            }
            for each in verdicts
        ],
    }


def _show(verdict: "Verdict") -> None:
    """Print a line for a check, and what to change under one that failed."""
    from rich.text import Text

    mark, style = _MARKS[verdict.outcome]
    why = f" ({verdict.outcome}: {verdict.why})" if verdict.why else ""
    out.print(Text.assemble((mark, style), f" {verdict.name:<14} {verdict.demand}{why}"), highlight=False)
    for fault in verdict.faults:
        out.print(f"    {fault.what}", highlight=False)
        if fault.hint:
            out.print(f"    → {fault.hint}", highlight=False)
        for line in fault.log.splitlines()[-_LOG_LINES:]:
            out.print(Text(f"    | {line}", style="dim"), highlight=False)


def _sum_up(verdicts: "list[Verdict]") -> None:
    from collections import Counter

    counts = Counter(verdict.outcome for verdict in verdicts)
    words = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    seconds = sum(verdict.seconds for verdict in verdicts)
    out.print(f"{words}; {seconds:.0f} s", highlight=False)
