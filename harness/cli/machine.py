"""The commands about orchestrators: who takes part, one stack to look at, and what an earlier one left behind."""

from typing import Annotated

import typer

from harness.cli.console import coloured, out
from harness.cli.names import AsJson, Isolated, IsolationName, Waits
from harness.errors import Misuse


def list_(
    settings: Annotated[
        str | None, typer.Option(metavar="NAME", help="List this orchestrator's settings, each with its page.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the orchestrators that take part, or every setting of one that is not the tool's default."""
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
                out.print("  nothing is set", highlight=False)
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
    name: Annotated[str, typer.Argument(help="Which orchestrator.")],
    profile: Annotated[str, typer.Option(help="Under which profile.")] = "defaults",
    isolation: Isolated = IsolationName.AUTO,
    wait: Waits = False,
) -> None:
    """Bring one stack up for a person, with one finished run in it, until Ctrl-C."""
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
        # The tool's own port, if it is free: people know it.
        envelope = fitting(Envelope(), held.cpus())
        with launch(held, manifest, profile, envelope, port=manifest.port) as stack:
            with out.status(f"{name}: getting ready (up to {manifest.ready_limit_s:.0f} s)"):
                wait_ready(stack, stack.running.started_ns)
            with out.status(f"{name}: running the pipeline once (about {manifest.profiles[profile].trial_s:.0f} s)"):
                planned = PlannedTrial("etl", cold=True, phase_offset_s=0)
                record = run_trial(stack, Place(0, "ui", "ui"), planned, scenarios()["etl"], None)
            out.print(f"run {record.outcome} {record.reason}", highlight=False)
            out.print(f"{manifest.title} is at {stack.running.endpoint.url}{manifest.ui}", highlight=False)
            out.print(f"its warehouse is at {stack.running.warehouse.url}", highlight=False)
            out.print("Ctrl-C takes it down")
            with suppress(KeyboardInterrupt):
                signal.pause()


def clean(
    images: Annotated[
        bool, typer.Option("--images", help="Also remove what was built, which takes a build to bring back.")
    ] = False,
    wait: Waits = False,
) -> None:
    """Remove what an earlier orchbench left behind."""
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
    out.print(f"removed {removed}")
