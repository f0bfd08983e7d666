"""Shows the same table in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from harness.environment import Environment
from harness.records import Record
from harness.report.table import columns, groups, warnings


def show(console: Console, environment: Environment, records: Sequence[Record]) -> None:
    """Print the table and its warnings."""
    found = columns(environment, records)
    table = Table(title="orchbench", title_justify="left", header_style="bold", show_edge=False)
    table.add_column("")
    for column in found:
        version = "" if column.system.baseline else f"\n{column.system.version}"
        table.add_column(f"{column.system.title}{version}\n{column.profile}", justify="right")
    for group in groups(found):
        table.add_section()
        table.add_row(f"[bold]{group.name}[/]")
        for row in group.rows:
            table.add_row(row.name, *row.cells)
    console.print(table)
    for warning in warnings(found):
        console.print(f"[yellow]warning[/] {warning}", highlight=False)
