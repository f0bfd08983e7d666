"""The command `compare`: what changed between two results."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from harness.analysis.compare import FAR, Comparison, comparison
from harness.audit import sound_part
from harness.cli.console import Json, out, ruled, write_json
from harness.cli.names import AsJson
from harness.cli.results import read


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
        _show_comparison(compared, tolerance / 100)
    raise typer.Exit(1 if compared.worse(tolerance / 100) else 0)


def of_comparison(compared: Comparison, tolerance: float) -> Json:
    """Return every number that two results share, before and after."""
    return {
        "circumstances": compared.circumstances,
        "worse": compared.worse(tolerance),
        "changes": [
            {
                "system": change.system,
                "profile": change.profile,
                "label": change.name,
                "measure": change.measure,
                "before": change.before,
                "after": change.after,
                "ratio": change.ratio.value,
                "ratio_low": change.ratio.interval.low if change.ratio.interval else None,
                "ratio_high": change.ratio.interval.high if change.ratio.interval else None,
                "verdict": change.verdict,
                "worse": change.worse(tolerance),
            }
            for change in compared.changes
        ],
    }


def _show_comparison(compared: Comparison, tolerance: float) -> None:
    """Print what changed. A number that got worse by more than the tolerance (a share) is red."""
    for circumstance in compared.circumstances:
        out.print(f"Differs: {circumstance}")
    table = ruled(("system", "measure"), ("before", "after", "ratio", "95%"))
    for change in (change for change in compared.changes if change.notable):
        interval = change.ratio.interval
        colour = "red" if change.worse(tolerance) else "green" if change.verdict == "less" else ""
        table.add_row(
            change.name,
            change.measure,
            f"{change.before:.2f}",
            f"{change.after:.2f}",
            Text(f"{change.ratio.value:.2f}", style=colour),
            f"{interval.low:.2f}–{interval.high:.2f}" if interval else "unknown",
        )
    if table.row_count:
        out.print(table)
    rest = [change for change in compared.changes if not change.notable]
    unsure = [change for change in rest if change.ratio.interval is None]
    if unsure:
        out.print(f"{len(unsure)} numbers have too few repetitions for an interval, and differ by < {FAR - 1:.0%}.")
    if alike := len(rest) - len(unsure):
        out.print(f"{alike} numbers did not change significantly.")
