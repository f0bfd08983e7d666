"""The commands for adding an orchestrator: a folder from a template, and locked dependencies."""

from typing import Annotated

import typer

from harness.cli.console import out
from harness.cli.names import listed
from harness.orchestrators.discovery import discover, named
from harness.paths import shown
from harness.template import locking
from harness.template.create import MARK, blanks, create


def new(
    name: Annotated[str, typer.Argument(help="Name of the new folder in pipelines/.")],
    package: Annotated[
        str | None,
        typer.Option("--from", metavar="PACKAGE", help="Pin and lock this package, such as huey."),
    ] = None,
) -> None:
    """Create pipelines/NAME from a template that already runs. Its files describe the next steps."""
    with out.status(f"{name}: locking {package or 'the dependencies of every pipeline'}"):
        manifest = create(name, package)
    folder = shown(manifest.folder)
    _print(f"Created {folder} with {manifest.package} {manifest.version} in its lock.")
    _print(f"It already runs, in plain Python. Fill in the {len(blanks(manifest.folder))} marked places. Next:")
    for command, why in (
        (f"orchbench check {name} --until ready", "does it start? (fastest checks first)"),
        (f"grep -rn {MARK} {folder}", "places to fill in"),
        (f"orchbench check {name}", "all checks"),
        (f"orchbench bench --only {name}", "measure it"),
    ):
        _print(f"  {command:<50}  # {why}")
    _print("See docs/contribute/add-a-tool.md for a complete example.")
    _print("See docs/contribute/contract.md for every requirement.")


def lock(
    names: Annotated[list[str] | None, typer.Argument(help="Lock only these orchestrators. Default: all.")] = None,
) -> None:
    """Resolve requirements.in into requirements.lock, with hashes. Keeps old versions if they still fit."""
    manifests = named(listed(names)) if names else discover()
    wanted = locking.locks(manifest.folder for manifest in manifests) | ({} if names else locking.common_locks())
    for source, target in wanted.items():
        with out.status(f"locking {shown(source)}"):
            locking.lock(source, target)
        _print(f"locked: {shown(target)}")


def _print(words: str) -> None:
    out.print(words, highlight=False, markup=False, soft_wrap=True)
