"""The commands about this machine: what it lacks, builds, single stacks, and what earlier runs left behind."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from itertools import chain
from typing import Annotated

import typer

from harness.check.doctor import examine_isolation, examine_machine
from harness.cli.console import coloured, out, write_json
from harness.cli.expectation import expect, minutes
from harness.cli.names import AsJson, Isolated, Waits, listed
from harness.cli.preparation import alone, choose, clean_up, prepare, said
from harness.experiment.envelope import Envelope, fitting
from harness.experiment.plan import PlannedTrial
from harness.isolation.docker.isolation import Containers
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Diagnosis, Isolation, obstacle
from harness.labs.latency.plan import QUICK
from harness.labs.start_or_resume import intend
from harness.machine.checkout_owner import demand_own_checkout
from harness.measure.golden_file import scenarios
from harness.measure.stack import launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.contender import with_profile
from harness.orchestrators.discovery import chosen, discover, named
from harness.results.environment import Choice

_LEVELS = {"ok": "green", "warning": "yellow", "missing": "red"}


def doctor(as_json: AsJson = False) -> None:
    """Show what is missing on this machine and how to fix it. Exits with 2 if nothing can be measured."""
    # With --json, standard output must contain only JSON.
    out.quiet = as_json
    isolations: list[Isolation] = [Containers(), Processes()]
    with said() as say:
        found = {each.kind: examine_isolation(each, say) for each in isolations}
    out.quiet = False
    findings = [*chain(*found.values()), *examine_machine()]
    # One of the two is enough to measure.
    usable = [each for each in isolations if all(finding.level != "missing" for finding in found[each.kind])]
    if usable:
        held = usable[0]
        intent = intend(held.kind, chosen((), ()), Choice(), QUICK)
        # `auto` uses containers if Docker responds, even if a stack fails in it.
        named = f' ARGS="--isolation {held.kind}"' if held is not isolations[0] and not obstacle(isolations[0]) else ""
        findings.append(Diagnosis("ok", f"make bench{named}: {expect(held, intent).words}"))
    if as_json:
        write_json({"usable": bool(usable), "findings": [asdict(each) for each in findings]})
    else:
        for finding in findings:
            out.print(coloured(f"{finding.level:<7}", _LEVELS[finding.level], finding.what))
            if finding.remedy:
                out.print(f"        try: {finding.remedy}")
    raise typer.Exit(0 if usable else 2)


def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="Build only these orchestrators. Default: all.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="COUNT", help="Number of parallel builds.")] = 1,
    isolation: Isolated = "auto",
    wait: Waits = False,
) -> None:
    """Build missing images and environments, so that no benchmark waits for them."""
    manifests = named(listed(names)) if names else discover()
    demand_own_checkout()
    with alone(wait=wait):
        held = choose(isolation)
        build_s = held.expected_build_s(manifests)
        if build_s:
            out.print(f"Building takes about {minutes(build_s / jobs)}.")
        clean_up(held)
        prepare(held)
        with said() as say, ThreadPoolExecutor(jobs) as builders:
            begun = [builders.submit(held.prepare, manifest, say) for manifest in manifests]
            # Build as many as possible before a failure ends the command.
            failed = [error for each in begun if (error := each.exception())]
    if failed:
        raise failed[0]
    out.print(f"Built {', '.join(manifest.name for manifest in manifests)}")


def ui(
    name: Annotated[str, typer.Argument(help="Orchestrator to start.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to use.")] = "defaults",
    isolation: Isolated = "auto",
    wait: Waits = False,
) -> None:
    """Start one tool with one completed run, so you can browse its UI. Ctrl-C stops it."""
    (manifest,) = named([name])
    wanted = with_profile(manifest, profile)
    demand_own_checkout()
    with alone(wait=wait):
        held = choose(isolation)
        clean_up(held)
        prepare(held)
        with said() as say:
            held.prepare(manifest, say)
        # Use the tool's default port if it is free, because people know it.
        envelope = fitting(Envelope(), held.cpus())
        with launch(held, wanted, envelope, port=manifest.port) as stack:
            with out.status(f"{name}: starting (up to {manifest.ready_limit_s:.0f} s)"):
                wait_ready(stack, stack.running.started_ns)
            with out.status(f"{name}: running the pipeline once (about {wanted.settings.trial_s:.0f} s)"):
                planned = PlannedTrial("etl", cold=True, phase_offset_s=0)
                record = run_trial(stack, Place(0, "ui", "ui"), planned, scenarios()["etl"], None)
            out.print(f"The run was {record.outcome}. {record.reason}".rstrip())
            out.print(f"{manifest.title}: {stack.running.endpoint.url}{manifest.ui}")
            out.print(f"Target database: {stack.running.warehouse.url}")
            out.print("Press Ctrl-C to stop it.")
            with suppress(KeyboardInterrupt):
                signal.pause()


def clean(
    images: Annotated[
        bool, typer.Option("--images", help="Also remove images and environments, which must then be rebuilt.")
    ] = False,
    wait: Waits = False,
) -> None:
    """Remove containers, networks, processes and files that earlier runs left behind."""
    usable: list[Isolation] = [each for each in (Containers(), Processes()) if obstacle(each) is None]
    removed = 0
    with alone(wait=wait):
        for each in usable:
            removed += clean_up(each)
            if images:
                removed += each.remove_built()
    out.print(f"Removed {removed} objects." if removed != 1 else "Removed 1 object.")
