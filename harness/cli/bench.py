"""The command `bench`: build what is missing, run whole laps, rewrite the result's own report after each round."""

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import coloured, err, out, show_details
from harness.cli.names import Isolated, IsolationName, PresetName
from harness.errors import Failure, Misuse

if TYPE_CHECKING:
    from harness.measure.start_or_resume import Begun, Ground


def bench(
    preset: Annotated[
        PresetName | None,
        typer.Option(
            help="What to measure: quick is one lap, standard four; crash is what is left when things die.",
            show_default="standard",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Measure only this orchestrator and the baseline; may be repeated."),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Measure only this profile (defaults, tuned); may be repeated.")
    ] = None,
    laps: Annotated[int | None, typer.Option(min=1, help="Laps, instead of the preset's.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the order of rounds and trials; drawn if not given.")
    ] = None,
    isolation: Isolated = IsolationName.AUTO,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Rounds side by side, each on CPUs of its own; refused where there are too few."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="With --preset crash: only this scenario; may be repeated.")
    ] = None,
    patience: Annotated[
        float | None,
        typer.Option(min=1, help="With --preset crash: seconds that a tool is waited for.", show_default="120"),
    ] = None,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="With --preset crash: only what earlier laps here call stuck.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished benchmark.")] = False,
    no_progress: Annotated[
        bool, typer.Option("--no-progress", help="Show no bar: a line for each trial alone.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what builds print, line by line.")] = False,
) -> None:
    """Build what is missing, run whole laps, and rewrite the result's table after each round."""
    from dataclasses import replace

    from harness.cli.preparation import allot, asked_for, choose, clean_up, demand_writable, patiently, placed, prepare
    from harness.isolation.host_lock import exclusive
    from harness.isolation.pinning import keep_to
    from harness.measure import start_or_resume
    from harness.orchestrators.discovery import chosen
    from harness.orchestrators.loading import load_driver
    from harness.paths import REPOSITORY, shown

    if verbose:
        show_details()
    if resume and (preset or only or profile or laps or jobs or scenario or patience or stuck or seed is not None):
        raise Misuse(
            "--resume goes on with the plan as it was made; leave out --preset, --only, --profile, --laps, "
            "--jobs, --scenario, --patience, --stuck and --seed"
        )
    wanted = asked_for(preset or PresetName.STANDARD, scenario or (), patience, stuck=stuck)
    demand_writable(REPOSITORY)
    before = start_or_resume.unfinished() if resume else None
    manifests = start_or_resume.taking_part_in(before) if before else chosen(only or (), profile or ())
    if before and isolation is IsolationName.AUTO:
        isolation = IsolationName(before.environment.isolation.kind)
    jobs = before.environment.pinning.jobs if before else jobs or 1
    for manifest in manifests:
        load_driver(manifest.name, manifest.folder)
    with exclusive():
        held = choose(isolation)
        if stuck and isinstance(wanted, start_or_resume.CrashLab):
            wanted = patiently(wanted, held.describe().kind)
        envelope = allot(held)
        crashing = bool(before.plan.crashes) if before else isinstance(wanted, start_or_resume.CrashLab)
        pinning = placed(envelope, jobs, crashing=crashing)
        clean_up(held)
        warehouse = prepare(held)
        ground = start_or_resume.Ground(held, warehouse, replace(envelope, cpuset=pinning.cpuset), pinning)
        if before:
            begun = start_or_resume.resume(ground, before, manifests)
        else:
            begun = start_or_resume.begin(ground, manifests, wanted, laps, seed)
        keep_to(pinning)
        try:
            failed = _measure(ground, begun, bar=not no_progress)
        except KeyboardInterrupt:
            folder = shown(begun.folder)
            err.print(f"\nstopped; {folder} keeps what was measured, go on with: orchbench bench --resume")
            raise typer.Exit(130) from None
    raise typer.Exit(1 if failed else 0)


def _measure(ground: "Ground", begun: "Begun", *, bar: bool) -> bool:
    """Run the plan and rewrite the report after each round; return whether any round failed."""
    import time

    from harness.cli.progress import Display
    from harness.cli.reporting import report_apart, table_apart
    from harness.measure.benchmark import Benchmark, remaining_rounds
    from harness.measure.duration_estimate import expected_rounds_s, expected_wall_s
    from harness.paths import shown
    from harness.report.crash_matrix import first_file
    from harness.results.result import write_end
    from harness.results.store import Store

    plan, folder = begun.plan, begun.folder
    expected_s = expected_rounds_s(begun.environment.isolation.kind, begun.manifests, plan)
    remaining = remaining_rounds(plan, begun.done)
    jobs = ground.pinning.jobs
    remaining_s = expected_wall_s(expected_s, remaining, jobs)
    laps = begun.environment.laps
    out.print(
        f"{len(plan.rounds)} rounds in {laps} laps, seed {begun.environment.seed}: about {remaining_s / 60:.0f} min; "
        f"{shown(folder)}/{first_file(plan)} grows with each",
        highlight=False,
    )

    def between() -> None:
        # A table that cannot be made is no reason to stop measuring; the last report decides.
        if words := table_apart(folder):
            err.print(coloured("warning", "yellow", words))

    with Display(out, expected_s, remaining, jobs=jobs, crashes=plan.crashes, bar=bar) as display:
        store = Store(folder, begun.genesis)
        benchmark = Benchmark(begun.manifests, ground.isolation, ground.envelope, ground.pinning, store, display)
        failures = benchmark.run(plan, begun.done, between)
    write_end(folder, max(time.time(), store.latest_s))
    if words := report_apart(folder):
        raise Failure(words)
    return failures > 0
