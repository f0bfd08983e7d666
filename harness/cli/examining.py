"""The command `doctor`: checks what this machine lacks."""

from collections.abc import Iterable

import typer

from harness.check.doctor import examine_isolation, examine_machine
from harness.cli.console import Json, coloured, out, write_json
from harness.cli.expectation import expect
from harness.cli.names import AsJson
from harness.cli.preparation import said
from harness.isolation.docker.isolation import Containers
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Diagnosis, Isolation, obstacle
from harness.labs.latency.plan import QUICK
from harness.labs.start_or_resume import intend
from harness.orchestrators.discovery import chosen
from harness.results.environment import Choice


def doctor(as_json: AsJson = False) -> None:
    """Show what is missing on this machine and how to fix it. Exits with 2 if nothing can be measured."""
    # With --json, standard output must contain only JSON.
    out.quiet = as_json
    isolations: list[Isolation] = [Containers(), Processes()]
    with said() as say:
        by_isolation = [examine_isolation(each, say) for each in isolations]
    out.quiet = False
    findings = [*(finding for each in by_isolation for finding in each), *examine_machine()]
    # One of the two is enough to measure.
    held = next(
        (
            each
            for each, found in zip(isolations, by_isolation, strict=True)
            if all(finding.level != "missing" for finding in found)
        ),
        None,
    )
    usable = held is not None
    if held:
        intent = intend(held.kind, chosen((), ()), Choice(), QUICK)
        # `auto` uses containers if Docker responds, even if a stack fails in it.
        named = f' ARGS="--isolation {held.kind}"' if held is not isolations[0] and not obstacle(isolations[0]) else ""
        findings.append(Diagnosis("ok", f"make bench{named}: {expect(held, intent).words}"))
    if as_json:
        write_json(_told(findings, usable=usable))
        raise typer.Exit(0 if usable else 2)
    styles = {"ok": "green", "warning": "yellow", "missing": "red"}
    for finding in findings:
        out.print(coloured(f"{finding.level:<7}", styles[finding.level], finding.what), highlight=False)
        if finding.remedy:
            out.print(f"        try: {finding.remedy}", highlight=False)
    raise typer.Exit(0 if usable else 2)


def _told(findings: Iterable[Diagnosis], *, usable: bool) -> Json:
    """Return what `doctor` looked at, and whether anything can be measured."""
    return {
        "usable": usable,
        "findings": [{"level": each.level, "what": each.what, "remedy": each.remedy} for each in findings],
    }
