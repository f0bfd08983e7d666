"""The commands of whoever adds an orchestrator: a folder to begin with, and the lock of what it needs."""

from typing import Annotated

import typer

from harness.cli.console import out
from harness.cli.names import listed
from harness.orchestrators.discovery import discover, named
from harness.paths import shown
from harness.template import locking
from harness.template.create import MARK, blanks, create


def new(
    name: Annotated[str, typer.Argument(help="What its folder in pipelines/ is called.")],
    package: Annotated[
        str | None,
        typer.Option("--from", metavar="PACKAGE", help="Pin and lock this package of the index, such as huey."),
    ] = None,
) -> None:
    """Write pipelines/NAME from a template that already runs, in plain Python; its files say what comes next."""
    with out.status(f"{name}: locking {package or 'what every pipeline needs'}"):
        manifest = create(name, package)
    folder = shown(manifest.folder)
    _print(f"written: {folder}, with {manifest.package} {manifest.version} in its lock")
    _print(f"It runs as it is, in plain Python; {len(blanks(manifest.folder))} places say what to put there. Next:")
    for command, why in (
        (f"orchbench check {name} --until ready", "does it come up? the fastest checks come first"),
        (f"grep -rn {MARK} {folder}", "what is to be filled in"),
        (f"orchbench check {name}", "all that a system must do"),
        (f"orchbench bench --only {name}", "its row in a table"),
    ):
        _print(f"  {command:<50}  # {why}")
    _print("docs/contribute/add-a-tool.md goes all the way with an example")
    _print("docs/contribute/contract.md has every detail")


def lock(
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these orchestrators; everything if not given.")
    ] = None,
) -> None:
    """Resolve requirements.in into requirements.lock, with hashes; versions of the old lock are kept where they fit."""
    manifests = named(listed(names)) if names else discover()
    wanted = locking.locks(manifest.folder for manifest in manifests) | ({} if names else locking.common_locks())
    for source, target in wanted.items():
        with out.status(f"locking {shown(source)}"):
            locking.lock(source, target)
        _print(f"locked: {shown(target)}")


def _print(words: str) -> None:
    out.print(words, highlight=False, markup=False, soft_wrap=True)
