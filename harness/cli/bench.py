"""The command `bench`: build what is missing, run whole laps, rewrite the result's own table after each."""

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import err, out
from harness.cli.names import Isolated, IsolationName, PresetName
from harness.errors import Misuse

if TYPE_CHECKING:
    from harness.measure.begin import Begun, Ground


def bench(
    preset: Annotated[PresetName, typer.Option(help="How much to measure: quick is one lap, standard four.")] = (
        PresetName.STANDARD
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(help="Measure only this orchestrator and the baseline; may be repeated."),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Measure only this profile (defaults, tuned); may be repeated.")
    ] = None,
    laps: Annotated[int | None, typer.Option(min=1, help="Laps, instead of the preset's.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the order of rounds and trials; drawn if not given.")
    ] = None,
    isolation: Isolated = IsolationName.AUTO,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished benchmark.")] = False,
) -> None:
    """Build what is missing, run whole laps, and rewrite the result's table after each."""
    from harness.cli.preparation import choose, clean_up, prepare
    from harness.experiment.envelope import Envelope
    from harness.experiment.plan import PRESETS
    from harness.isolation.host_lock import exclusive
    from harness.isolation.pinning import available_cpus, keep_to, pin
    from harness.measure import begin
    from harness.orchestrators.discovery import chosen
    from harness.paths import shown

    if resume and (only or profile or laps or seed is not None):
        raise Misuse("--resume goes on with the plan as it was made; leave out --only, --profile, --laps and --seed")
    before = begin.unfinished() if resume else None
    manifests = begin.taking_part_in(before) if before else chosen(only or (), profile or ())
    with exclusive():
        held = choose(isolation)
        clean_up(held)
        warehouse = prepare(held)
        pinning = pin(available_cpus(), Envelope().cpus)
        ground = begin.Ground(held, warehouse, Envelope(cpuset=pinning.cpuset), pinning)
        if before:
            begun = begin.resume(ground, before, manifests)
        else:
            begun = begin.begin(ground, manifests, PRESETS[preset.value], laps, seed)
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

    from harness.audit import NotSound
    from harness.cli.progress import Display
    from harness.cli.terminal import show
    from harness.measure.benchmark import Benchmark, remaining_rounds
    from harness.measure.estimate import rounds_s
    from harness.paths import shown
    from harness.report.write import write_report
    from harness.results.folders import all_results
    from harness.results.records import RoundRecord, Store
    from harness.results.result import read_result, write_end

    plan, folder = begun.plan, begun.folder
    expected_s = rounds_s(all_results(), begun.manifests, plan)
    remaining_s = sum(expected_s[each.orchestrator, each.profile] for each in remaining_rounds(plan, begun.done))
    laps = begun.environment.laps
    out.print(
        f"{len(plan.rounds)} rounds in {laps} laps, seed {begun.environment.seed}: about {remaining_s / 60:.0f} min, "
        f"the first table after {remaining_s / 60 / laps:.0f}; records in {shown(folder)}",
        highlight=False,
    )

    def after_lap() -> None:
        # A table that cannot be made is no reason to stop measuring; the last one decides.
        try:
            write_report(read_result(folder))
        except NotSound as objection:
            err.print(f"[yellow]warning[/] {objection}")

    with Display(out, expected_s, remaining_s) as display:
        store = Store(folder, begun.genesis)
        benchmark = Benchmark(begun.manifests, ground.isolation, ground.envelope, store, display)
        benchmark.run(plan, begun.done, after_lap)
    write_end(folder, time.time())
    result = read_result(folder)
    table = write_report(result)
    show(out, result)
    out.print(f"\nwritten: {shown(table)}", highlight=False)
    return any(isinstance(record, RoundRecord) and record.failure for record in result.records)
