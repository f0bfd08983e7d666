"""The command `list`: all orchestrators, and their non-default settings."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from harness.cli.console import Json, coloured, out, write_json
from harness.cli.names import AsJson
from harness.orchestrators.discovery import discover, named
from harness.orchestrators.manifest import Manifest


def list_(
    settings: Annotated[
        str | None, typer.Option(metavar="NAME", help="List this orchestrator's settings with their documentation.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List all orchestrators, or the non-default settings of one."""
    if as_json:
        write_json(_told(named([settings]) if settings else discover()))
        return
    if settings:
        (manifest,) = named([settings])
        for name, profile in manifest.profiles.items():
            out.print(coloured(f"{manifest.title} {manifest.version}, {name}", "bold"), highlight=False)
            if not profile.settings:
                out.print("  all settings are defaults", highlight=False)
            for key, setting in profile.settings.items():
                out.print(f"  {key} = {setting.value}", highlight=False)
                out.print(f"    {setting.reason}\n    {setting.docs}", highlight=False)
        return
    table = Table("name", "title", "version", "profiles", "port", show_edge=False)
    for manifest in discover():
        profiles = ", ".join(manifest.profiles)
        table.add_row(manifest.name, manifest.title, manifest.version, profiles, str(manifest.port))
    out.print(table)


def _told(manifests: Iterable[Manifest]) -> list[Json]:
    """Return all orchestrators with every setting of each profile."""
    return [
        {
            "name": manifest.name,
            "title": manifest.title,
            "version": manifest.version,
            "homepage": str(manifest.homepage),
            "baseline": manifest.baseline,
            "mode": manifest.mode,
            "port": manifest.port,
            "profiles": {
                name: {key: setting.model_dump(mode="json") for key, setting in profile.settings.items()}
                for name, profile in manifest.profiles.items()
            },
        }
        for manifest in manifests
    ]
