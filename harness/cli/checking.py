"""The command `check`: a checklist of what an orchestrator's folder still lacks."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from harness.check.checklist import FILES, doubtful, look_again
from harness.check.checklist import until as checks_until
from harness.check.examination import Examination
from harness.check.subject import StackContext, Subject
from harness.check.verdict import Outcome, Verdict
from harness.cli.console import Json, out, write_json
from harness.cli.names import AsJson, Isolated, Waits
from harness.cli.preparation import allot, alone, choose, clean_up, prepare, said
from harness.machine.checkout_owner import demand_own_checkout
from harness.orchestrators.discovery import folder_of

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "not asked": ("–", "dim")}
_SHOWN = {"not asked": "skipped"}
_LOG_LINES = 15


def check(
    name: Annotated[str, typer.Argument(help="Orchestrator to check: the name of a folder in pipelines/.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to check.")] = "defaults",
    isolation: Isolated = "auto",
    until: Annotated[
        str | None,
        typer.Option(metavar="CHECK", help="Stop after this check, such as driver, build or ready."),
    ] = None,
    wait: Waits = False,
    as_json: AsJson = False,
) -> None:
    """Check an orchestrator's folder against the contract, fastest checks first. Exits with 1 if one fails."""
    checks = checks_until(until)
    folder = folder_of(name)
    # With --json, standard output must contain only JSON.
    out.quiet = as_json
    subject, fresh = Subject(folder, profile), Subject(folder, profile)
    first, second = (Examination(checks, each, folder) for each in (subject, fresh))
    verdicts = [_looked(first, each.name) for each in checks[: len(FILES)]]
    if in_stacks := [each.name for each in checks[len(FILES) :]]:
        # If no stack can be built, the remaining checks do not need one.
        with _held(isolation, subject, fresh, wait=wait) if first.reachable(in_stacks[0]) else nullcontext():
            verdicts += [_looked(first, each) for each in in_stacks]
            subject.close()
            if any(map(doubtful, verdicts)):
                out.print("Repeating failed checks in a fresh stack. Only this result counts:")
                verdicts = look_again(verdicts, lambda each: _looked(second, each, counts=True))
    out.quiet = False
    failed = any(each.outcome in (Outcome.FAILED, Outcome.NOT_REACHED) for each in verdicts)
    if as_json:
        told = [_told(each) for each in verdicts]
        write_json({"orchestrator": name, "profile": profile, "passes": not failed, "checks": told})
    else:
        _sum_up(verdicts)
    raise typer.Exit(1 if failed else 0)


def _looked(examination: Examination[Subject], name: str, *, counts: bool = False) -> Verdict:
    """Run a check and show its verdict. A check that may be repeated counts only then."""
    verdict = examination.verdict(name)
    _show(verdict, counts=counts or not doubtful(verdict))
    return verdict


@contextmanager
def _held(isolation: str, *subjects: Subject, wait: bool) -> Iterator[None]:
    """Reserve the machine for stacks of subjects, which show in one line what they wait for."""
    demand_own_checkout()
    with alone(wait=wait):
        held = choose(isolation)
        envelope = allot(held)
        clean_up(held)
        prepare(held)
        with said() as say, ExitStack() as up:
            for subject in subjects:
                up.enter_context(subject).context = StackContext(held, envelope, say)
            yield


def _told(verdict: Verdict) -> Json:
    """Return a verdict for programs."""
    told = asdict(verdict)
    del told["lacking"]
    for fault in (*told["faults"], *told["at_first"]):
        fault["log"] = fault["log"].splitlines()
    return {**told, "seconds": round(verdict.seconds, 3)}


def _show(verdict: Verdict, *, counts: bool = True) -> None:
    """Print a line per check that ran, with what to change. A failure that does not count is a warning."""
    if verdict.outcome == Outcome.NOT_REACHED:
        return
    mark, style = _MARKS[verdict.outcome] if counts else ("!", "yellow")
    why = f" ({_SHOWN.get(verdict.outcome, verdict.outcome)}: {verdict.why})" if verdict.why else ""
    out.print(Text.assemble((mark, style), f" {verdict.name:<14} {verdict.demand}{why}"))
    for fault in verdict.faults:
        out.print(f"    {fault.what}")
        if fault.hint:
            out.print(f"    → {fault.hint}")
        for line in fault.log.splitlines()[-_LOG_LINES:]:
            out.print(Text(f"    | {line}", style="dim"))


def _sum_up(verdicts: list[Verdict]) -> None:
    if waiting := [verdict for verdict in verdicts if verdict.outcome == Outcome.NOT_REACHED]:
        out.print(f"· not reached: {', '.join(each.name for each in waiting)} ({waiting[0].why})")
    counts = Counter(verdict.outcome for verdict in verdicts)
    words = ", ".join(f"{count} {_SHOWN.get(outcome, outcome)}" for outcome, count in counts.items())
    out.print(f"{words} in {sum(verdict.seconds for verdict in verdicts):.0f} s")
