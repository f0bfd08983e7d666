"""The command `bench`: build what is missing, run whole laps, rewrite the result's own table after each."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import err, out
from harness.cli.names import Isolated, IsolationName, PresetName
from harness.errors import Failure, Misuse

if TYPE_CHECKING:
    from harness.measure.start_or_resume import Begun, Ground


def bench(
    preset: Annotated[
        PresetName | None,
        typer.Option(help="How much to measure: quick is one lap, standard four.", show_default="standard"),
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
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished benchmark.")] = False,
) -> None:
    """Build what is missing, run whole laps, and rewrite the result's table after each."""
    from dataclasses import replace

    from harness.cli.preparation import allot, choose, clean_up, demand_writable, prepare
    from harness.experiment.plan import PRESETS
    from harness.isolation.host_lock import exclusive
    from harness.isolation.pinning import available_cpus, keep_to, lanes, pin
    from harness.measure import start_or_resume
    from harness.orchestrators.discovery import chosen
    from harness.orchestrators.loading import load_driver
    from harness.paths import REPOSITORY, shown

    if resume and (preset or only or profile or laps or jobs or seed is not None):
        raise Misuse(
            "--resume goes on with the plan as it was made; leave out --preset, --only, --profile, --laps, "
            "--jobs and --seed"
        )
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
        envelope = allot(held)
        cpus = available_cpus()
        pinning = pin(cpus, envelope.cpus) if jobs == 1 else lanes(cpus, envelope.cpus, jobs)
        clean_up(held)
        warehouse = prepare(held)
        ground = start_or_resume.Ground(held, warehouse, replace(envelope, cpuset=pinning.cpuset), pinning)
        if before:
            begun = start_or_resume.resume(ground, before, manifests)
        else:
            begun = start_or_resume.begin(ground, manifests, PRESETS[(preset or PresetName.STANDARD).value], laps, seed)
        keep_to(pinning)
        try:
            failed = _measure(ground, begun)
        except KeyboardInterrupt:
            folder = shown(begun.folder)
            err.print(f"\nstopped; {folder} keeps what was measured, go on with: orchbench bench --resume")
            raise typer.Exit(130) from None
    raise typer.Exit(1 if failed else 0)


def _measure(ground: "Ground", begun: "Begun") -> bool:
    """Run the plan and rewrite the table after each lap; return whether any round failed."""
    import time

    from rich.markup import escape

    from harness.cli.progress import Display
    from harness.measure.benchmark import Benchmark, remaining_rounds
    from harness.measure.duration_estimate import expected_rounds_s
    from harness.paths import shown
    from harness.results.records import Store
    from harness.results.result import write_end

    plan, folder = begun.plan, begun.folder
    expected_s = expected_rounds_s(begun.environment.isolation.kind, begun.manifests, plan)
    work_s = sum(expected_s[each.orchestrator, each.profile] for each in remaining_rounds(plan, begun.done))
    remaining_s = work_s / ground.pinning.jobs
    laps = begun.environment.laps
    out.print(
        f"{len(plan.rounds)} rounds in {laps} laps, seed {begun.environment.seed}: about {remaining_s / 60:.0f} min, "
        f"the first table after {remaining_s / 60 / laps:.0f}; records in {shown(folder)}",
        highlight=False,
    )

    def after_lap() -> None:
        # A table that cannot be made is no reason to stop measuring; the last one decides.
        if words := _report(folder, quietly=True):
            err.print(f"[yellow]warning[/] {escape(words)}")

    with Display(out, expected_s, work_s) as display:
        store = Store(folder, begun.genesis)
        benchmark = Benchmark(begun.manifests, ground.isolation, ground.envelope, ground.pinning, store, display)
        failures = benchmark.run(plan, begun.done, after_lap)
    write_end(folder, max(time.time(), store.latest_s))
    if words := _report(folder, quietly=False):
        raise Failure(words)
    return failures > 0


def _report(folder: Path, *, quietly: bool) -> str:
    """Write a result's report in a process of its own, whose memory goes with it; return what went wrong."""
    import subprocess
    import sys

    try:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", "report", str(folder)],
            stdout=subprocess.DEVNULL if quietly else None,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return f"no report: {error}"
    return done.stderr.strip() if done.returncode else ""
