"""Stages an orchestrator's code for its stack: a read-only copy next to `reference`, as in an image."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.orchestrators.manifest import Manifest
from harness.provision.built import one_builder
from harness.provision.commands import run_command
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.sources import code_of, content_sha256, is_program

_COMPILE_LIMIT_S = 120


def stage(manifest: Manifest, paths: ProcessPaths, interpreter: Interpreter) -> Path:
    """Copy an orchestrator's code and the reference if they are missing or outdated. Return the copy's folder.

    Older copies stay until `remove_built`, because they are small and a stack may run from one.
    """
    code = code_of(manifest)
    folder = paths.staged / f"{manifest.name}-{content_sha256(code)[:12]}"
    if not folder.exists():
        with one_builder(f"{manifest.name}-code"):
            if not folder.exists():
                _copy(code, folder, interpreter)
    return folder


def _copy(code: Mapping[str, Path], folder: Path, interpreter: Interpreter) -> None:
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, path in code.items():
        copy = unfinished / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o755 if is_program(path) else 0o644)
    # For the Python of stacks, and for good: the folder is named for its content, and a copy of it has other times.
    compiling = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(unfinished)]
    command = [str(interpreter.path), "-I", *compiling, "-p", str(folder), str(unfinished)]
    run_command(command, _COMPILE_LIMIT_S)
    unfinished.rename(folder)
