"""The command `resolution`: which differences a benchmark can show, from simulations of its own noise."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.progress import track

from harness.analysis.sensitivity import WANTED, Sensitivity, coverages_of, sensitivities, subjects, workloads
from harness.audit import sound_part
from harness.cli.console import err, out, ruled
from harness.cli.names import Folder
from harness.cli.results import read
from harness.errors import Misuse
from harness.paths import shown
from harness.report.measures import WORKLOADS
from harness.statistics import coverage as covering
from harness.statistics.coverage import Coverage
from harness.statistics.samples import MIN_LAPS
from harness.statistics.simulation import LAPS


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
        total = len(measured) * len(covering.LAPS)
        _show_coverages(list(track(covered, "simulating", total=total, console=err)), simulations)
    else:
        seen = sensitivities(sampled, simulations, seed=1)
        _show_sensitivities(list(track(seen, "simulating", total=len(sampled), console=err)), simulations)


def _show_sensitivities(simulated: Sequence[Sensitivity], simulations: int) -> None:
    """Print what a benchmark detects, one table per workload."""
    heads = ("total, s", "samples", "false", "detectable", *(f"{wanted:.0%}" for wanted in WANTED))
    for scenario in WORKLOADS:
        table = ruled(("system",), heads, title=scenario)
        for each in (each for each in simulated if each.subject.scenario == scenario):
            sample, least = each.subject.sample, each.smallest_difference
            table.add_row(
                each.subject.name,
                f"{sample.typical:.2f}",
                f"{sample.n} in {len(sample.laps)} laps",
                f"{each.false_positive_rate:.1%}",
                ">100%" if least is None else f"{least:.0%}",
                *(f">{LAPS[-1]}" if laps is None else str(laps) for laps in each.laps_needed),
            )
        out.print(table)
        out.print()
    out.print(
        f"From {simulations} simulated benchmarks per row. false: how often two identical systems look different. "
        "detectable: the smallest slowdown that is found in 80% of them. "
        "Last columns: the number of laps that find a slowdown of that size as often."
    )


def _show_coverages(simulated: Sequence[tuple[str, Coverage]], simulations: int) -> None:
    """Print how often the published intervals contain the true value, as a range over all systems."""
    heads = ("laps", "interval", "reaches", "interval of the ratio", "reaches", "any false mark in a row")
    table = ruled(("workload",), heads, wrap=True)
    for scenario, each in simulated:
        false = "n/a" if each.family_error is None else f"{each.family_error:.1%}"
        shares = (each.own, each.own_reach, each.ratio, each.ratio_reach)
        table.add_row(scenario, str(each.laps), *(_range(share.values()) for share in shares), false)
    out.print(table)
    out.print(
        f"From {simulations} simulated benchmarks per row. An interval should contain the true value in 95% of them. "
        "A row of identical systems should have a mark in at most 5% of them. `reaches` is the median distance from "
        "the number to the upper end of its interval."
    )


def _range(shares: Iterable[float | None]) -> str:
    known = [share for share in shares if share is not None]
    return f"{min(known):.1%} to {max(known):.1%}" if known else "n/a"
