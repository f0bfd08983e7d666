"""The command `check`: a checklist of what an orchestrator's folder still lacks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Annotated

import typer
from rich.text import Text

from harness.check.checklist import FILES, doubtful, look_again
from harness.check.checklist import until as checks_until
from harness.check.examination import Examination
from harness.check.subject import StackContext, Subject
from harness.check.verdict import Fault, Outcome, Verdict
from harness.cli.console import Json, out, write_json
from harness.cli.names import AsJson, Isolated, IsolationName, Waits
from harness.cli.preparation import allot, alone, choose, clean_up, prepare, said
from harness.machine.checkout_owner import demand_own_checkout
from harness.orchestrators.discovery import folder_of

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "not asked": ("–", "dim")}
_SHOWN = {"not asked": "skipped"}
_LOG_LINES = 15


def check(
    name: Annotated[str, typer.Argument(help="Orchestrator to check: the name of a folder in pipelines/.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to check.")] = "defaults",
    isolation: Isolated = IsolationName.AUTO,
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
                out.print("Repeating failed checks in a fresh stack. Only this result counts:", highlight=False)
                verdicts = look_again(verdicts, lambda each: _looked(second, each, counts=True))
    out.quiet = False
    failed = any(each.outcome in (Outcome.FAILED, Outcome.NOT_REACHED) for each in verdicts)
    if as_json:
        write_json(_told(name, profile, verdicts, passes=not failed))
    else:
        _sum_up(verdicts)
    raise typer.Exit(1 if failed else 0)


def _looked(examination: Examination[Subject], name: str, *, counts: bool = False) -> Verdict:
    """Run a check and show its verdict. A check that may be repeated counts only then."""
    verdict = examination.verdict(name)
    _show(verdict, counts=counts or not doubtful(verdict))
    return verdict


@contextmanager
def _held(isolation: IsolationName, *subjects: Subject, wait: bool) -> Iterator[None]:
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


def _told(name: str, profile: str, verdicts: list[Verdict], *, passes: bool) -> Json:
    """Return each check's verdict, for programs."""
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
                "faults": _faults(each.faults),
                "at_first": _faults(each.at_first),
            }
            for each in verdicts
        ],
    }


def _faults(faults: Iterable[Fault]) -> list[Json]:
    return [{"what": fault.what, "hint": fault.hint, "log": fault.log.splitlines()} for fault in faults]


def _show(verdict: Verdict, *, counts: bool = True) -> None:
    """Print a line per check that ran, with what to change. A failure that does not count is a warning."""
    if verdict.outcome == "not reached":
        return
    mark, style = _MARKS[verdict.outcome] if counts else ("!", "yellow")
    why = f" ({_SHOWN.get(verdict.outcome, verdict.outcome)}: {verdict.why})" if verdict.why else ""
    out.print(Text.assemble((mark, style), f" {verdict.name:<14} {verdict.demand}{why}"), highlight=False)
    for fault in verdict.faults:
        out.print(f"    {fault.what}", highlight=False)
        if fault.hint:
            out.print(f"    → {fault.hint}", highlight=False)
        for line in fault.log.splitlines()[-_LOG_LINES:]:
            out.print(Text(f"    | {line}", style="dim"), highlight=False)


def _sum_up(verdicts: list[Verdict]) -> None:
    if waiting := [verdict for verdict in verdicts if verdict.outcome == "not reached"]:
        out.print(f"· not reached: {', '.join(each.name for each in waiting)} ({waiting[0].why})", highlight=False)
    counts = Counter(verdict.outcome for verdict in verdicts)
    words = ", ".join(f"{count} {_SHOWN.get(outcome, outcome)}" for outcome, count in counts.items())
    seconds = sum(verdict.seconds for verdict in verdicts)
    out.print(f"{words} in {seconds:.0f} s", highlight=False)
