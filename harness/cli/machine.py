"""The commands about single stacks: one to look at, and what an earlier one left behind."""

import signal
from contextlib import suppress
from typing import Annotated

import typer

from harness.cli.console import out
from harness.cli.names import Isolated, IsolationName, Waits
from harness.cli.preparation import alone, choose, clean_up, prepare, said
from harness.experiment.envelope import Envelope, fitting
from harness.experiment.plan import PlannedTrial
from harness.isolation.docker.isolation import Containers
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Isolation, obstacle
from harness.machine.checkout_owner import demand_own_checkout
from harness.measure.golden_file import scenarios
from harness.measure.stack import launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.contender import with_profile
from harness.orchestrators.discovery import named


def ui(
    name: Annotated[str, typer.Argument(help="Orchestrator to start.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to use.")] = "defaults",
    isolation: Isolated = IsolationName.AUTO,
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
            out.print(f"The run was {record.outcome}. {record.reason}".rstrip(), highlight=False)
            out.print(f"{manifest.title}: {stack.running.endpoint.url}{manifest.ui}", highlight=False)
            out.print(f"Target database: {stack.running.warehouse.url}", highlight=False)
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
