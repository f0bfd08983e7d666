"""The commands about results: each reads a result once, and needs no engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import err, out

if TYPE_CHECKING:
    from harness.results.result import Result

Folder = Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")]


def report(folder: Folder = None) -> None:
    """Rebuild a result's table and settings page from its records alone."""
    from harness.cli.terminal import show
    from harness.paths import shown
    from harness.report.write import write_report

    result = _read(folder)
    table = write_report(result)
    show(out, result)
    out.print(f"\nwritten: {shown(table)}", highlight=False)


def audit(folder: Folder = None) -> None:
    """Check a result against its schema, its hashes, its plan and physics."""
    from harness.audit import audit as objections
    from harness.paths import shown

    result = _read(folder)
    faults = objections(result)
    for fault in faults:
        out.print("[red]fault[/]", end=" ")
        out.print(f"{fault.where}: {fault.what}", highlight=False, markup=False)
    if faults:
        out.print(f"{shown(result.folder)} does not pass: {len(faults)} faults", highlight=False)
        raise typer.Exit(1)
    state = "" if result.environment.ended_s else ", unfinished"
    out.print(f"{shown(result.folder)} passes: {len(result.records)} records{state}", highlight=False)


def publish(folder: Annotated[Path, typer.Argument(help="The benchmark's folder.")]) -> None:
    """Put a complete result's table into README.md and results/README.md."""
    from harness.paths import shown
    from harness.report.publish import READMES
    from harness.report.publish import publish as write

    write(_read(folder))
    for readme in READMES:
        out.print(f"written: {shown(readme)}", highlight=False)


def compare(
    before: Annotated[Path, typer.Argument(help="A benchmark's folder.")],
    after: Annotated[Path, typer.Argument(help="The folder that is compared to it.")],
    tolerance: Annotated[float, typer.Option(min=0, help="By how many percent a number may get worse.")] = 5,
    across_isolation: Annotated[
        bool, typer.Option("--across-isolation", help="Compare containers with processes on one machine.")
    ] = False,
) -> None:
    """Say what changed between two results; exits with 1 if a number got worse by more than the tolerance."""
    from harness.audit import demand_sound
    from harness.cli.terminal import show_comparison
    from harness.report.compare import comparison

    both = _read(before), _read(after)
    for result in both:
        demand_sound(result)
    compared = comparison(*both, across_isolation=across_isolation)
    show_comparison(out, compared, tolerance / 100)
    raise typer.Exit(1 if compared.worse(tolerance / 100) else 0)


def resolution(
    folder: Folder = None,
    simulations: Annotated[int, typer.Option(min=20, help="How many benchmarks to simulate for each number.")] = 1000,
) -> None:
    """Say what a benchmark of this size can see: simulates many with the noise that this one met."""
    from rich.progress import track

    from harness.audit import demand_sound
    from harness.cli.terminal import show_sensitivities
    from harness.report.sensitivity import sensitivities, subjects

    result = _read(folder)
    demand_sound(result)
    sampled = subjects(result)
    simulated = sensitivities(sampled, simulations, seed=1)
    show_sensitivities(out, list(track(simulated, "simulating", total=len(sampled), console=err)), simulations)


def _read(folder: Path | None) -> "Result":
    from harness.results.folders import newest
    from harness.results.result import read_result

    if folder is not None:
        return read_result(folder)
    return newest(lambda _: True, "no benchmark yet; make one", "orchbench bench")
