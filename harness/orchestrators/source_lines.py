"""Counts the source lines (pygount) of every file in a manifest, by category."""

import glob
import io
from pathlib import Path

from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import MANIFEST, Code, Manifest, ManifestError
from harness.orchestrators.own_files import of_their_own
from harness.paths import PIPELINES, REPOSITORY

_SCRIPT = ".sh"
_LANGUAGE_SUFFIX = {"": _SCRIPT, ".conf": ".ini"}
"""The suffixes by which pygount recognises files with other names. `serve` is a shell script."""


def count_source_lines(contender: Contender) -> dict[str, dict[str, int]]:
    """Return the source lines of each file that a contender needs, by category and path relative to the repository.

    Raises `ManifestError` when a pattern matches nothing or a file's language is not recognised.
    """
    return {
        category: {name_of(path, contender.manifest): source_lines(path) for path in _files(contender, category)}
        for category in Code.model_fields
    }


def pipeline_texts(contender: Contender) -> dict[str, str]:
    """Return the text of each file that counts as a contender's pipeline, by path relative to the repository.

    Raises `ManifestError` when a pattern matches nothing.
    """
    paths = _files(contender, "pipeline")
    return {name_of(path, contender.manifest): path.read_text(encoding="utf-8", errors="replace") for path in paths}


def _files(contender: Contender, category: str) -> list[Path]:
    return files_of(contender.manifest, category, contender.code(category))


def files_of(manifest: Manifest, category: str, patterns: list[str]) -> list[Path]:
    """Return the files that match a category's patterns. Raises `ManifestError` if one matches nothing.

    Files of the orchestrator's folder come from the folder of its manifest.
    """
    files: set[Path] = set()
    own = _own(manifest)
    for pattern in patterns:
        root = manifest.folder if pattern.startswith(own) else REPOSITORY
        # `Path.glob` raises for impossible names and for patterns that are only a folder.
        found = [root / path for path in glob.iglob(pattern.removeprefix(own), root_dir=root, recursive=True)]  # noqa: PTH207
        matching = of_their_own({path for path in found if path.is_file()}, root)
        if not matching:
            raise ManifestError(f"{manifest.folder / MANIFEST}: code.{category}: {pattern!r} matches no file")
        files |= matching
    return sorted(files)


def _own(manifest: Manifest) -> str:
    """Return the prefix of an orchestrator's files in the repository."""
    return f"{PIPELINES.name}/{manifest.name}/"


def name_of(path: Path, manifest: Manifest) -> str:
    """Return a file's path in the repository, even if the orchestrator's folder is a copy."""
    if path.is_relative_to(manifest.folder):
        return f"{_own(manifest)}{path.relative_to(manifest.folder)}"
    return str(path.relative_to(REPOSITORY))


def source_lines(path: Path) -> int:
    """Return the source lines of a file. An unknown language counts as a shell script.

    Raises `ManifestError` for a file that is not text or says that it is generated.
    """
    # Imported here, because it uses memory and is only needed before the first trial.
    from pygount import SourceAnalysis
    from pygount.analysis import SourceState, has_lexer

    content = path.read_bytes()
    if not _is_text(content):
        raise ManifestError(f"{path}: cannot count its lines, because it is not UTF-8 text")
    # The handle carries the content, the name only the language.
    named = path.with_suffix(_LANGUAGE_SUFFIX.get(path.suffix, path.suffix))
    if not has_lexer(str(named)):
        named = path.with_suffix(_SCRIPT)
    analysis = SourceAnalysis.from_file(str(named), "orchbench", encoding="utf-8", file_handle=io.BytesIO(content))
    if analysis.state not in (SourceState.analyzed, SourceState.empty):
        raise ManifestError(f"{path}: cannot count its lines (pygount reports {analysis.state.name})")
    return int(analysis.source_count)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
