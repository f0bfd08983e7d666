"""The commands about orchestrators' folders: list them, create one from a template, and lock dependencies."""

from typing import Annotated

import typer
from rich.table import Table

from harness.cli.console import Json, coloured, out, write_json
from harness.cli.names import AsJson, listed
from harness.orchestrators.discovery import discover, named
from harness.orchestrators.manifest import Manifest
from harness.paths import shown
from harness.template import locking
from harness.template.create import MARK, blanks, create

_TOLD = {"name", "title", "homepage", "baseline", "mode", "port", "profiles"}
"""Fields of a manifest that `list --json` shows."""


def list_(
    settings: Annotated[
        str | None, typer.Option(metavar="NAME", help="List this orchestrator's settings with their documentation.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List all orchestrators, or the non-default settings of one."""
    if as_json:
        write_json([_told(manifest) for manifest in (named([settings]) if settings else discover())])
        return
    if settings:
        (manifest,) = named([settings])
        for name, profile in manifest.profiles.items():
            out.print(coloured(f"{manifest.title} {manifest.version}, {name}", "bold"))
            if not profile.settings:
                out.print("  all settings are defaults")
            for key, setting in profile.settings.items():
                out.print(f"  {key} = {setting.value}")
                out.print(f"    {setting.reason}\n    {setting.docs}")
        return
    table = Table("name", "title", "version", "profiles", "port", show_edge=False)
    for manifest in discover():
        profiles = ", ".join(manifest.profiles)
        table.add_row(manifest.name, manifest.title, manifest.version, profiles, str(manifest.port))
    out.print(table)


def _told(manifest: Manifest) -> Json:
    """Return an orchestrator with every setting of each profile."""
    told = manifest.model_dump(mode="json", include=_TOLD)
    settings = {name: profile["settings"] for name, profile in told.pop("profiles").items()}
    return {**told, "version": manifest.version, "profiles": settings}


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
    _say(f"Created {folder} with {manifest.package} {manifest.version} in its lock.")
    _say(f"It already runs, in plain Python. Fill in the {len(blanks(manifest.folder))} marked places. Next:")
    for command, why in (
        (f"orchbench check {name} --until ready", "does it start? (fastest checks first)"),
        (f"grep -rn {MARK} {folder}", "places to fill in"),
        (f"orchbench check {name}", "all checks"),
        (f"orchbench bench --only {name}", "measure it"),
    ):
        _say(f"  {command:<50}  # {why}")
    _say("See docs/contribute/add-a-tool.md for a complete example.")
    _say("See docs/contribute/contract.md for every requirement.")


def lock(
    names: Annotated[list[str] | None, typer.Argument(help="Lock only these orchestrators. Default: all.")] = None,
) -> None:
    """Resolve requirements.in into requirements.lock, with hashes. Keeps old versions if they still fit."""
    manifests = named(listed(names)) if names else discover()
    wanted = locking.locks(manifest.folder for manifest in manifests) | ({} if names else locking.common_locks())
    for source, target in wanted.items():
        with out.status(f"locking {shown(source)}"):
            locking.lock(source, target)
        _say(f"locked: {shown(target)}")


def _say(words: str) -> None:
    out.print(words, soft_wrap=True)
