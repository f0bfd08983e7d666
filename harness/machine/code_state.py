"""Keeps one state of the code for a whole benchmark, so that edits meanwhile do not change its numbers.

Orchestrators run from a copy that is made at the beginning. The running harness cannot be copied, so a change of its
files ends the benchmark before the next round.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Misuse
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.paths import PIPELINES, REPOSITORY
from harness.provision.run_folders import short_lived
from harness.provision.sources import REFERENCE, code_in, is_code

_HARNESS = ("harness/**/*.py", "uv.lock", "compose/*", "pipelines/*/compose.yaml", f"pipelines/{REFERENCE}/**/*")
"""Files that no orchestrator's own digest covers, or that all orchestrators share."""


@contextmanager
def held_still(manifests: Sequence[Manifest]) -> Iterator[list[Manifest]]:
    """Copy the folders of orchestrators and of the reference pipeline for the duration of the context.

    Manifests are read again from the copies. Raises `ManifestError`.
    """
    with short_lived("code") as folder:
        _copy(PIPELINES / REFERENCE, folder / PIPELINES.name / REFERENCE)
        still = []
        for manifest in manifests:
            copy = folder / PIPELINES.name / manifest.name
            _copy(manifest.folder, copy)
            still.append(read_manifest(copy / MANIFEST).with_profiles(manifest.profiles))
        yield still


def _copy(source: Path, target: Path) -> None:
    for path in code_in(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def harness_files(repository: Path = REPOSITORY) -> dict[str, Path]:
    """Return the files of the harness and those that every stack shares, by path in the repository."""
    paths = {path.relative_to(repository): path for pattern in _HARNESS for path in repository.glob(pattern)}
    return {name.as_posix(): path for name, path in sorted(paths.items()) if is_code(name) and path.is_file()}


def harness_digests(repository: Path = REPOSITORY) -> dict[str, str]:
    """Return the current digest of each file of the harness."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in harness_files(repository).items()}


def demand_unchanged(before: Mapping[str, str]) -> None:
    """Raise `Misuse` if files of the harness have changed."""
    now = harness_digests()
    if changed := sorted(name for name in {*before, *now} if before.get(name) != now.get(name)):
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise Misuse(
            f"{changed[0]}{others} changed while the benchmark ran, but a result needs one state of the code. "
            "Finished measurements are kept. Undo the change, then resume",
            remedy="orchbench bench --resume",
        )
