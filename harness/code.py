"""Lines of code: pygount's source lines of every file that a manifest names, by category."""

import io
from pathlib import Path

from pygount import SourceAnalysis
from pygount.analysis import SourceState

from harness.orchestrator import REPOSITORY, Manifest, ManifestError

_LANGUAGE_SUFFIX = {"": ".sh", ".conf": ".ini"}
"""Under which suffix pygount recognises a file whose own says nothing: `serve` is a shell script."""


def count_code(manifest: Manifest, profile: str) -> dict[str, dict[str, int]]:
    """Return the source lines of each file that a profile needs, by category and path relative to the repository.

    Raises `ManifestError` when a pattern matches nothing or a file's language is not recognised.
    """
    return {
        category: {
            str(path.relative_to(REPOSITORY)): _source_lines(path)
            for path in _files(manifest, category, [*patterns, *getattr(manifest.profiles[profile].code, category)])
        }
        for category, patterns in manifest.code
    }


def _files(manifest: Manifest, category: str, patterns: list[str]) -> list[Path]:
    files: set[Path] = set()
    for pattern in patterns:
        found = {path for path in REPOSITORY.glob(pattern) if path.is_file() and "__pycache__" not in path.parts}
        if not found:
            raise ManifestError(
                f"{manifest.folder / 'orchestrator.toml'}: code.{category}: {pattern!r} matches no file"
            )
        files |= found
    return sorted(files)


def _source_lines(path: Path) -> int:
    # The handle carries the content, the name only the language.
    named = path.with_suffix(_LANGUAGE_SUFFIX.get(path.suffix, path.suffix))
    analysis = SourceAnalysis.from_file(
        str(named), "orchbench", encoding="utf-8", file_handle=io.BytesIO(path.read_bytes())
    )
    if analysis.state not in (SourceState.analyzed, SourceState.empty):
        raise ManifestError(f"{path}: its lines could not be counted: {analysis.state.name}")
    return int(analysis.source_count)
