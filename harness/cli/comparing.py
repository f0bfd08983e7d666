"""The commands that compare results with each other and with their own noise."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from harness.analysis.compare import comparison
from harness.analysis.sensitivity import coverages_of, sensitivities, subjects, workloads
from harness.audit import sound_part
from harness.cli.as_json import of_comparison
from harness.cli.console import err, out, write_json
from harness.cli.names import AsJson, Folder
from harness.cli.open_result import read
from harness.cli.terminal import show_comparison, show_coverages, show_sensitivities
from harness.errors import Misuse
from harness.paths import shown
from harness.statistics.coverage import LAPS
from harness.statistics.samples import MIN_LAPS


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of a benchmark.")],
    after: Annotated[Path, typer.Argument(help="Folder of the benchmark to compare with it.")],
    tolerance: Annotated[float, typer.Option(min=0, metavar="PERCENT", help="Allowed regression, in percent.")] = 5,
    across_isolation: Annotated[
        bool, typer.Option("--across-isolation", help="Compare containers with processes on one machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two results. Exits with 1 if a number got worse by more than the tolerance."""
    compared = comparison(sound_part(read(before)), sound_part(read(after)), across_isolation=across_isolation)
    if as_json:
        write_json(of_comparison(compared, tolerance / 100))
    else:
        show_comparison(out, compared, tolerance / 100)
    raise typer.Exit(1 if compared.worse(tolerance / 100) else 0)


def resolution(
    folder: Folder = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show instead how often the published intervals contain the true value.")
    ] = False,
    machines: Annotated[
        int,
        typer.Option(min=1, max=8, metavar="COUNT", help="With --coverage: number of machines of the simulated laps."),
    ] = 1,
    simulations: Annotated[
        int, typer.Option(min=20, metavar="COUNT", help="Number of simulated benchmarks per row.")
    ] = 2000,
) -> None:
    """Show which slowdowns a benchmark of this size detects, by simulating its noise."""
    result = sound_part(read(folder))
    sampled = subjects(result)
    if not sampled:
        raise Misuse(
            f"{shown(result.folder)} is too small to estimate its noise: this needs a system with {MIN_LAPS} "
            "repetitions, and two trials in one of them"
        )
    if coverage:
        measured = workloads(sampled)
        covered = ((each, row) for each in measured for row in coverages_of(sampled, each, simulations, 1, machines))
        total = len(measured) * len(LAPS)
        show_coverages(out, list(track(covered, "simulating", total=total, console=err)), simulations)
    else:
        seen = sensitivities(sampled, simulations, seed=1)
        show_sensitivities(out, list(track(seen, "simulating", total=len(sampled), console=err)), simulations)
