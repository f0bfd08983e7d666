"""The commands about orchestrators: list them, start one to look at, and clean up."""

from typing import Annotated

import typer

from harness.cli.console import coloured, out
from harness.cli.names import AsJson, Isolated, IsolationName, Waits
from harness.errors import Misuse


def list_(
    settings: Annotated[
        str | None, typer.Option(metavar="NAME", help="List this orchestrator's settings with their documentation.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List all orchestrators, or the non-default settings of one."""
    from rich.table import Table

    from harness.orchestrators.discovery import discover, named
    from harness.orchestrators.source_lines import demand_files

    if as_json:
        from harness.cli import as_json as json_of

        json_of.write(out, json_of.of_manifests(named([settings]) if settings else discover()))
        return
    if settings:
        (manifest,) = named([settings])
        for name, profile in manifest.profiles.items():
            out.print(coloured(f"{manifest.title} {manifest.version}, {name}", "bold"), highlight=False)
            if not profile.settings:
                out.print("  all settings are defaults", highlight=False)
            for key, setting in profile.settings.items():
                out.print(f"  {key} = {setting.value}", highlight=False)
                out.print(f"    {setting.reason}\n    {setting.docs}", highlight=False)
        return
    table = Table("name", "title", "version", "profiles", "port", show_edge=False)
    for manifest in discover():
        demand_files(manifest)
        profiles = ", ".join(manifest.profiles)
        table.add_row(manifest.name, manifest.title, manifest.version, profiles, str(manifest.port))
    out.print(table)


def ui(
    name: Annotated[str, typer.Argument(help="Orchestrator to start.")],
    profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to use.")] = "defaults",
    isolation: Isolated = IsolationName.AUTO,
    wait: Waits = False,
) -> None:
    """Start one tool with one completed run, so you can browse its UI. Ctrl-C stops it."""
    import signal
    from contextlib import suppress

    from harness.cli.preparation import alone, choose, clean_up, prepare, said
    from harness.experiment.envelope import Envelope, fitting
    from harness.experiment.plan import PlannedTrial
    from harness.experiment.scenario import scenarios
    from harness.isolation.checkout_owner import demand_own_checkout
    from harness.measure.stack import launch, wait_ready
    from harness.measure.trial import Place, run_trial
    from harness.orchestrators.discovery import named

    (manifest,) = named([name])
    if profile not in manifest.profiles:
        raise Misuse(f"{name} has no profile {profile!r}. Choose from: {', '.join(manifest.profiles)}")
    demand_own_checkout()
    with alone(wait=wait):
        held = choose(isolation)
        clean_up(held)
        prepare(held)
        with said() as say:
            held.prepare(manifest, say)
        # Use the tool's default port if it is free, because people know it.
        envelope = fitting(Envelope(), held.cpus())
        with launch(held, manifest, profile, envelope, port=manifest.port) as stack:
            with out.status(f"{name}: starting (up to {manifest.ready_limit_s:.0f} s)"):
                wait_ready(stack, stack.running.started_ns)
            with out.status(f"{name}: running the pipeline once (about {manifest.profiles[profile].trial_s:.0f} s)"):
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
    from harness.cli.preparation import alone, clean_up
    from harness.isolation.docker.isolation import Containers
    from harness.isolation.process.isolation import Processes
    from harness.isolation.protocol import Isolation

    usable: list[Isolation] = [each for each in (Containers(), Processes()) if each.obstacle() is None]
    removed = 0
    with alone(wait=wait):
        for each in usable:
            removed += clean_up(each)
            if images:
                removed += each.remove_built()
    out.print(f"Removed {removed} objects." if removed != 1 else "Removed 1 object.")
