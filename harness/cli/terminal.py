"""Shows tables in a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.compare import FAR, Comparison
from harness.report.measures import WORKLOADS
from harness.report.sensitivity import WANTED, Sensitivity
from harness.statistics.coverage import Coverage
from harness.statistics.simulation import LAPS


def show_comparison(console: Console, compared: Comparison, tolerance: float) -> None:
    """Print what changed and how sure that is; a number that got worse by more than the tolerance (a share) is red."""
    for circumstance in compared.circumstances:
        console.print(f"differs  {circumstance}", highlight=False)
    notable = [change for change in compared.changes if change.notable]
    table = Table(show_edge=False, header_style="bold")
    for name in ("system", "measure"):
        table.add_column(name)
    for name in ("before", "after", "ratio", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for change in notable:
        interval = change.ratio.interval
        colour = "red" if change.worse(tolerance) else "green" if change.verdict == "less" else ""
        times = f"{change.ratio.value:.2f}"
        table.add_row(
            change.column,
            change.measure,
            f"{change.before:.2f}",
            f"{change.after:.2f}",
            Text(times, style=colour),
            f"{interval.low:.2f}–{interval.high:.2f}" if interval else "not known",
        )
    if notable:
        console.print(table)
    rest = [change for change in compared.changes if not change.notable]
    unsure = [change for change in rest if change.ratio.interval is None]
    if unsure:
        console.print(f"{len(unsure)} numbers of too few laps to tell lie within {FAR - 1:.0%} of each other")
    if alike := len(rest) - len(unsure):
        console.print(f"{alike} numbers are not known to have changed")


def show_sensitivities(console: Console, simulated: Sequence[Sensitivity], simulations: int) -> None:
    """Print what a benchmark can see, one table for each workload."""
    for scenario in WORKLOADS:
        table = Table(title=scenario, title_justify="left", show_edge=False, header_style="bold")
        table.add_column("system", no_wrap=True)
        for name in ("total, s", "in laps", "false", "seen", *(f"{wanted:.0%}" for wanted in WANTED)):
            table.add_column(name, justify="right", no_wrap=True)
        for each in (each for each in simulated if each.subject.scenario == scenario):
            sample, least = each.subject.sample, each.smallest_difference
            table.add_row(
                each.subject.column,
                f"{sample.typical:.2f}",
                f"{sample.n} in {len(sample.laps)}",
                f"{each.false_positive_rate:.1%}",
                ">100%" if least is None else f"{least:.0%}",
                *(f">{LAPS[-1]}" if laps is None else str(laps) for laps in each.laps_needed),
            )
        console.print(table)
        console.print()
    console.print(
        f"Of {simulations} simulated benchmarks each. false: how often two alike systems come out separable. seen: the "
        "least slowdown that is seen in 80 % of them. Last columns: how many laps see one of that size as often."
    )


def show_coverages(console: Console, simulated: Sequence[tuple[str, Coverage]], simulations: int) -> None:
    """Print how often the published intervals held the truth: of all systems the least and the greatest share."""
    table = Table(show_edge=False, header_style="bold")
    table.add_column("workload", no_wrap=True)
    for name in ("laps", "own interval", "reaches", "ratio's interval", "reaches", "any false mark in a row"):
        table.add_column(name, justify="right")
    for scenario, each in simulated:
        false = "n/a" if each.family_error is None else f"{each.family_error:.1%}"
        shares = (each.own, each.own_reach, each.ratio, each.ratio_reach)
        table.add_row(scenario, str(each.laps), *(_range(share.values()) for share in shares), false)
    console.print(table)
    console.print(
        f"{simulations} simulated benchmarks for each row; an interval is to hold the truth in 95 % of them, and a row "
        "of alike systems any mark in at most 5 %. reaches: how far its upper end lies above its number, as a median"
    )


def _range(shares: Iterable[float | None]) -> str:
    known = [share for share in shares if share is not None]
    return f"{min(known):.1%} to {max(known):.1%}" if known else "n/a"
