"""The commands that hold results against each other and against their own noise."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import err, out
from harness.cli.names import AsJson, Folder
from harness.cli.reading import read


def compare(
    before: Annotated[Path, typer.Argument(help="A benchmark's folder.")],
    after: Annotated[Path, typer.Argument(help="The folder that is compared to it.")],
    tolerance: Annotated[float, typer.Option(min=0, help="By how many percent a number may get worse.")] = 5,
    across_isolation: Annotated[
        bool, typer.Option("--across-isolation", help="Compare containers with processes on one machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two results; exits with 1 if a number got worse by more than the tolerance."""
    from harness.audit import sound_part
    from harness.cli.terminal import show_comparison
    from harness.report.compare import comparison

    compared = comparison(sound_part(read(before)), sound_part(read(after)), across_isolation=across_isolation)
    if as_json:
        from harness.cli import as_json as json_of

        json_of.write(out, json_of.of_comparison(compared, tolerance / 100))
    else:
        show_comparison(out, compared, tolerance / 100)
    raise typer.Exit(1 if compared.worse(tolerance / 100) else 0)


def resolution(
    folder: Folder = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Say instead how often the published intervals hold the truth.")
    ] = False,
    machines: Annotated[
        int, typer.Option(min=1, max=8, help="With --coverage: how many machines the simulated laps come from.")
    ] = 1,
    simulations: Annotated[int, typer.Option(min=20, help="How many benchmarks to simulate for each number.")] = 2000,
) -> None:
    """Say what a benchmark of this size can see: simulates many with the noise that this one met."""
    from rich.progress import track

    from harness.audit import sound_part
    from harness.cli.terminal import show_coverages, show_sensitivities
    from harness.errors import Misuse
    from harness.paths import shown
    from harness.report.sensitivity import coverages_of, sensitivities, subjects, workloads
    from harness.statistics.coverage import LAPS
    from harness.statistics.samples import MIN_LAPS

    result = sound_part(read(folder))
    sampled = subjects(result)
    if not sampled:
        raise Misuse(
            f"{shown(result.folder)} has no system with {MIN_LAPS} laps, and two trials in one of them, to learn the "
            "noise from"
        )
    if coverage:
        measured = workloads(sampled)
        covered = ((each, row) for each in measured for row in coverages_of(sampled, each, simulations, 1, machines))
        total = len(measured) * len(LAPS)
        show_coverages(out, list(track(covered, "simulating", total=total, console=err)), simulations)
    else:
        seen = sensitivities(sampled, simulations, seed=1)
        show_sensitivities(out, list(track(seen, "simulating", total=len(sampled), console=err)), simulations)
