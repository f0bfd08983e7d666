"""Shows tables in a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.analysis.compare import FAR, Comparison
from harness.analysis.sensitivity import WANTED, Sensitivity
from harness.report.measures import WORKLOADS
from harness.statistics.coverage import Coverage
from harness.statistics.simulation import LAPS


def show_comparison(console: Console, compared: Comparison, tolerance: float) -> None:
    """Print what changed. A number that got worse by more than the tolerance (a share) is red."""
    for circumstance in compared.circumstances:
        console.print(f"Differs: {circumstance}", highlight=False)
    notable = [change for change in compared.changes if change.notable]
    table = Table(show_edge=False, header_style="bold")
    for name in ("system", "measure"):
        table.add_column(name)
    for name in ("before", "after", "ratio", "95%"):
        table.add_column(name, justify="right", no_wrap=True)
    for change in notable:
        interval = change.ratio.interval
        colour = "red" if change.worse(tolerance) else "green" if change.verdict == "less" else ""
        times = f"{change.ratio.value:.2f}"
        table.add_row(
            change.name,
            change.measure,
            f"{change.before:.2f}",
            f"{change.after:.2f}",
            Text(times, style=colour),
            f"{interval.low:.2f}–{interval.high:.2f}" if interval else "unknown",
        )
    if notable:
        console.print(table)
    rest = [change for change in compared.changes if not change.notable]
    unsure = [change for change in rest if change.ratio.interval is None]
    if unsure:
        console.print(f"{len(unsure)} numbers have too few repetitions for an interval, and differ by < {FAR - 1:.0%}.")
    if alike := len(rest) - len(unsure):
        console.print(f"{alike} numbers did not change significantly.")


def show_sensitivities(console: Console, simulated: Sequence[Sensitivity], simulations: int) -> None:
    """Print what a benchmark detects, one table per workload."""
    for scenario in WORKLOADS:
        table = Table(title=scenario, title_justify="left", show_edge=False, header_style="bold")
        table.add_column("system", no_wrap=True)
        for name in ("total, s", "samples", "false", "detectable", *(f"{wanted:.0%}" for wanted in WANTED)):
            table.add_column(name, justify="right", no_wrap=True)
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
        console.print(table)
        console.print()
    console.print(
        f"From {simulations} simulated benchmarks per row. false: how often two identical systems look different. "
        "detectable: the smallest slowdown that is found in 80% of them. "
        "Last columns: the number of laps that find a slowdown of that size as often."
    )


def show_coverages(console: Console, simulated: Sequence[tuple[str, Coverage]], simulations: int) -> None:
    """Print how often the published intervals contain the true value, as a range over all systems."""
    table = Table(show_edge=False, header_style="bold")
    table.add_column("workload", no_wrap=True)
    for name in ("laps", "interval", "reaches", "interval of the ratio", "reaches", "any false mark in a row"):
        table.add_column(name, justify="right")
    for scenario, each in simulated:
        false = "n/a" if each.family_error is None else f"{each.family_error:.1%}"
        shares = (each.own, each.own_reach, each.ratio, each.ratio_reach)
        table.add_row(scenario, str(each.laps), *(_range(share.values()) for share in shares), false)
    console.print(table)
    console.print(
        f"From {simulations} simulated benchmarks per row. An interval should contain the true value in 95% of them. "
        "A row of identical systems should have a mark in at most 5% of them. `reaches` is the median distance from "
        "the number to the upper end of its interval."
    )


def _range(shares: Iterable[float | None]) -> str:
    known = [share for share in shares if share is not None]
    return f"{min(known):.1%} to {max(known):.1%}" if known else "n/a"
