"""The code of an orchestrator as its stack sees it: a read-only copy beside `reference`, as an image would hold it."""

import compileall
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.isolation.one_builder import one_builder
from harness.isolation.process.ground import Ground
from harness.isolation.sources import code_of, content_sha256
from harness.orchestrators.manifest import Manifest


def stage(manifest: Manifest, ground: Ground) -> Path:
    """Copy an orchestrator's code and the reference where they are missing or outdated; return the copy's folder.

    Older copies stay until `remove_built`: they are small, and a stack may run from one.
    """
    code = code_of(manifest)
    folder = ground.staged / f"{manifest.name}-{content_sha256(code)[:12]}"
    if not folder.exists():
        with one_builder(f"{manifest.name}-code"):
            if not folder.exists():
                _copy(code, folder)
    return folder


def _copy(code: Mapping[str, Path], folder: Path) -> None:
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, path in code.items():
        copy = unfinished / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    compileall.compile_dir(unfinished, quiet=2, stripdir=str(unfinished), prependdir=str(folder))
    unfinished.rename(folder)
