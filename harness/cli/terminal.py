"""Shows tables in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.report.cells import groups
from harness.report.column import columns
from harness.report.compare import Comparison
from harness.report.sensitivity import Sensitivity
from harness.report.warnings import warnings
from harness.results.result import Result


def show(console: Console, result: Result) -> None:
    """Print one table for each profile, the baseline in each, and the warnings."""
    everyone = columns(result)
    content = groups(everyone)
    for profile in sorted({column.profile for column in everyone if not column.system.baseline} or {"defaults"}):
        shown = [i for i, column in enumerate(everyone) if column.system.baseline or column.profile == profile]
        table = Table(title=f"orchbench, {profile}", title_justify="left", header_style="bold", show_edge=False)
        table.add_column("")
        for index in shown:
            system = everyone[index].system
            table.add_column(f"{system.title}{'' if system.baseline else f' {system.version}'}", justify="right")
        for group in content:
            table.add_section()
            table.add_row(f"[bold]{group.name}[/]")
            for row in group.rows:
                table.add_row(row.name, *(row.cells[index] for index in shown))
        console.print(table)
        console.print()
    for warning in warnings(everyone):
        console.print(f"[yellow]warning[/] {escape(warning)}", highlight=False)


def show_comparison(console: Console, compared: Comparison, tolerance: float) -> None:
    """Print what changed; a number that got worse by more than the tolerance (a share) is red."""
    for circumstance in compared.circumstances:
        console.print(f"differs  {circumstance}", highlight=False, markup=False)
    table = Table(show_edge=False, header_style="bold")
    for name in ("system", "measure"):
        table.add_column(name)
    for name in ("before", "after", "ratio", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for change in compared.changes:
        interval = change.ratio.interval
        colour = "red" if change.worse(tolerance) else "green" if change.verdict == "less" else ""
        table.add_row(
            change.column,
            change.measure,
            f"{change.before:.2f}",
            f"{change.after:.2f}",
            f"{change.ratio.value:.2f}",
            f"{interval.low:.2f}–{interval.high:.2f}" if interval else "n/a",
            f"[{colour}]{change.verdict}[/]" if colour else change.verdict,
        )
    console.print(table)


def show_sensitivities(console: Console, simulated: Sequence[Sensitivity], simulations: int) -> None:
    """Print what a benchmark can see."""
    table = Table(show_edge=False, header_style="bold")
    for name in ("system", "workload"):
        table.add_column(name, no_wrap=True)
    for name in ("median, s", "samples", "rounds", "false positives", "smallest slowdown seen"):
        table.add_column(name, justify="right")
    for each in simulated:
        sample, least = each.subject.sample, each.smallest_difference
        table.add_row(
            each.subject.column,
            each.subject.scenario,
            f"{sample.median:.2f}",
            str(sample.n),
            str(sample.rounds_with_samples),
            f"{each.false_positive_rate:.1%}",
            "over 100%" if least is None else f"{least:.0%}",
        )
    console.print(table)
    console.print(f"{simulations} simulated benchmarks for each number; a slowdown counts as seen in 80 % of them")
