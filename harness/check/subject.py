"""One orchestrator under one profile, brought as far as a check asks: manifest, build, stack, runs. Each is made once.

The values that it holds are what checks look at.
"""

from functools import cached_property
from pathlib import Path

from harness.errors import Misuse
from harness.orchestrators.manifest import DEFAULTS, MANIFEST, Manifest, read_manifest


class Subject:
    """An orchestrator's folder and what comes of it."""

    def __init__(self, folder: Path, profile: str = DEFAULTS) -> None:
        self.folder = folder
        self.profile = profile

    @cached_property
    def manifest(self) -> Manifest:
        """Its manifest. Raises `ManifestError`, and `Misuse` where it has no such profile."""
        manifest = read_manifest(self.folder / MANIFEST)
        if self.profile not in manifest.profiles:
            raise Misuse(f"{manifest.name} has no profile {self.profile!r}; there are: {', '.join(manifest.profiles)}")
        return manifest
