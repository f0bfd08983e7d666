"""The command `bench`: builds missing images, runs whole laps, and updates the result's report after each round."""

import logging
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Literal

import typer
from rich.logging import RichHandler

from harness.cli.console import err, out
from harness.cli.expectation import expect
from harness.cli.measuring import asked_for, measure, patiently
from harness.cli.names import Isolated, Waits, listed
from harness.cli.preparation import allot, alone, choose, clean_up, placed, prepare
from harness.errors import Misuse
from harness.labs import start_or_resume
from harness.labs.crash.plan import CrashPreset
from harness.labs.kinds import kind_of
from harness.machine.checkout_owner import demand_own_checkout
from harness.machine.code_state import held_still
from harness.machine.describe_machine import BenchContext
from harness.machine.pinning import keep_to
from harness.orchestrators.discovery import chosen
from harness.orchestrators.loading import load_driver
from harness.paths import shown
from harness.results.environment import Choice


def bench(
    preset: Annotated[
        Literal["quick", "standard", "crash", "smoke"] | None,
        typer.Option(
            help="What to measure. quick: 1 repetition, 15 to 20 minutes. standard: 4 repetitions, publishable, "
            "about 2.5 hours with --all. crash: the failure scenarios.",
            metavar="[quick|standard|crash]",
            show_default="quick",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure only this orchestrator and the baseline. Repeat, or list a,b."),
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Measure every orchestrator, including those that are off by default.")
    ] = False,
    profile: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure only this profile (defaults or tuned). Repeat, or list a,b."),
    ] = None,
    laps: Annotated[
        int | None, typer.Option(min=1, metavar="COUNT", help="Repetitions (laps), instead of the preset's.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="NUMBER", help="Seed of the order of rounds and trials. Default: random."),
    ] = None,
    isolation: Isolated = "auto",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="COUNT", help="Rounds to run in parallel, each on its own CPUs. Fails if these are too few."
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --preset crash: run only this scenario. Repeat, or list a,b."),
    ] = None,
    patience: Annotated[
        float | None,
        typer.Option(
            min=1, metavar="SECONDS", help="With --preset crash: how long to wait for a tool.", show_default="120"
        ),
    ] = None,
    stuck: Annotated[
        bool,
        typer.Option("--stuck", help="With --preset crash: rerun only the cases that earlier results call stuck."),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Resume the most recent unfinished benchmark.")] = False,
    wait: Waits = False,
    no_progress: Annotated[
        bool, typer.Option("--no-progress", help="Disable the progress bar. Print only one line per trial.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the output of builds.")] = False,
) -> None:
    """Build missing images, run whole repetitions, and update the result's table after each round."""
    if verbose:
        _show_details()
    if resume and any((preset, only, everyone, profile, laps, jobs, scenario, patience, stuck, seed is not None)):
        raise Misuse(
            "--resume continues with the original plan. Leave out --preset, --only, --all, --profile, --laps, "
            "--jobs, --scenario, --patience, --stuck and --seed"
        )
    wanted = asked_for(preset or "quick", listed(scenario), patience, stuck=stuck)
    demand_own_checkout()
    before = start_or_resume.unfinished() if resume else None
    if before:
        demand_own_checkout(before.folder)
    choice = Choice(only=listed(only), profiles=listed(profile), everyone=everyone)
    intent = start_or_resume.intent_of(before) if before else None
    manifests = intent.manifests if intent else chosen(choice.only, choice.profiles, everyone=everyone)
    kind = before.environment.isolation.kind if before and isolation == "auto" else isolation
    jobs = before.environment.pinning.jobs if before else jobs or 1
    for manifest in manifests:
        load_driver(manifest.name, manifest.folder)
    with alone(wait=wait), ExitStack() as meanwhile:
        held = choose(kind)
        clean_up(held)
        manifests = meanwhile.enter_context(held_still(manifests))
        if stuck and isinstance(wanted, CrashPreset):
            wanted = patiently(wanted, held.kind)
        if intent:
            intent = replace(intent, manifests=manifests)
        else:
            intent = start_or_resume.intend(held.kind, manifests, choice, wanted, laps, seed)
        envelope = allot(held)
        pinning = placed(envelope, jobs, shares_cpus=kind_of(intent.plan).shares_cpus)
        expected = expect(held, intent, pinning.jobs)
        out.print(expected.words)
        warehouse = prepare(held)
        ground = BenchContext(held, warehouse, replace(envelope, cpuset=pinning.cpuset), pinning)
        begun = start_or_resume.resume(ground, before, intent) if before else start_or_resume.begin(ground, intent)
        for note in begun.notes:
            out.print(f"note: {note}")
        keep_to(pinning)
        try:
            failed = measure(ground, begun, expected.rounds_s, bar=not no_progress)
        except KeyboardInterrupt:
            folder = shown(begun.folder)
            err.print(f"\nInterrupted. {folder} keeps all finished trials. To resume: orchbench bench --resume")
            raise typer.Exit(130) from None
    raise typer.Exit(1 if failed else 0)


def _show_details() -> None:
    """Print the output of builds, which is only logged otherwise."""
    noted = logging.getLogger("harness")
    noted.setLevel(logging.DEBUG)
    noted.addHandler(RichHandler(console=out, show_time=False, show_level=False, show_path=False))
