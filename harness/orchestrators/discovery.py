"""Finds and selects orchestrators. An orchestrator exists if its folder has a manifest."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import Misuse
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.paths import PIPELINES


def discover(pipelines: Path = PIPELINES) -> list[Manifest]:
    """Return every orchestrator that has a manifest, the baseline first, then by name."""
    manifests = [read_manifest(path) for path in sorted(pipelines.glob(f"*/{MANIFEST}"))]
    return sorted(manifests, key=lambda manifest: (not manifest.baseline, manifest.name))


def named(names: Sequence[str]) -> list[Manifest]:
    """Return the orchestrators of these names. Raises `Misuse` for an unknown name."""
    known = {manifest.name: manifest for manifest in discover()}
    for name in names:
        if name not in known:
            raise Misuse(f"unknown orchestrator {name!r}. Choose from: {', '.join(known)}")
    return [known[name] for name in names]


def folder_of(name: str, pipelines: Path = PIPELINES) -> Path:
    """Return the folder of a name, whatever it contains. Raises `Misuse` if it does not exist."""
    # The shared package is a folder here, too, but not an orchestrator.
    names = sorted(path.name for path in pipelines.iterdir() if path.is_dir() and not (path / "__init__.py").exists())
    if name not in names:
        raise Misuse(f"unknown folder pipelines/{name}. Choose from: {', '.join(names)}")
    return pipelines / name


def chosen(only: Sequence[str], profiles: Sequence[str], *, everyone: bool = False) -> list[Manifest]:
    """Return the selected orchestrators, each with the wanted profiles. The baseline is always included.

    Without names, these are the defaults, or all with `everyone`. Without profiles, all are included. Raises
    `Misuse` for an unknown name, and for names together with `everyone`.
    """
    if only and everyone:
        raise Misuse("--only and --all exclude each other. Leave out one of them")
    discovered = discover()
    by_default = {each.name for each in discovered if everyone or each.measured_by_default}
    wanted = {manifest.name for manifest in named(only)} if only else by_default
    known = sorted({name for manifest in discovered for name in manifest.profiles})
    if unknown := set(profiles) - set(known):
        raise Misuse(f"unknown profile {min(unknown)!r}. Choose from: {', '.join(known)}")
    taking_part = []
    for manifest in discovered:
        narrowed = manifest.with_profiles(profiles or manifest.profiles)
        if manifest.baseline:
            taking_part.append(manifest)
        elif manifest.name in wanted and narrowed.profiles:
            taking_part.append(narrowed)
    return taking_part
