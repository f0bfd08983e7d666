"""Which files of an orchestrator's folder its stack needs."""

from pathlib import Path

from harness.orchestrators.manifest import MANIFEST

_HARNESS_ALONE = {"driver.py", MANIFEST, "requirements.in", "compose.yaml"}
"""What only the harness reads."""


def sources(folder: Path) -> list[Path]:
    """Return every file of a folder that a stack needs: no caches, and not what only the harness reads."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in _HARNESS_ALONE
    )
