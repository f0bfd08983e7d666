"""The code of an orchestrator as its stack sees it: a read-only copy beside `reference`, as an image would hold it."""

import compileall
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.isolation.process.ground import Ground
from harness.isolation.sources import sources
from harness.orchestrators.manifest import Manifest
from harness.paths import PIPELINES


def inputs_sha256(manifest: Manifest) -> str:
    """Return the digest of every file that is staged: paths, contents, and who may execute what."""
    digest = hashlib.sha256()
    for name, folder in _parts(manifest):
        for path in sources(folder):
            digest.update(f"{name}/{path.relative_to(folder)} {os.access(path, os.X_OK)}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def stage(manifest: Manifest, ground: Ground) -> Path:
    """Copy an orchestrator's code and the reference where they are missing or outdated; return the copy's folder."""
    folder = ground.staged / f"{manifest.name}-{inputs_sha256(manifest)[:12]}"
    if folder.exists():
        return folder
    for older in ground.staged.glob(f"{manifest.name}-*"):
        shutil.rmtree(older, ignore_errors=True)
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, source in _parts(manifest):
        for path in sources(source):
            copy = unfinished / name / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    compileall.compile_dir(unfinished, quiet=2, stripdir=str(unfinished), prependdir=str(folder))
    unfinished.rename(folder)
    return folder


def _parts(manifest: Manifest) -> Sequence[tuple[str, Path]]:
    return (("pipeline", manifest.folder), ("reference", PIPELINES / "reference"))
