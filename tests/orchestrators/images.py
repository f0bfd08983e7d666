"""Images of orchestrators that exist only for tests: the baseline's image with another folder laid over its pipeline.

So they take seconds to build, install nothing, and share every layer with the baseline but one.
"""

import io
import os
import tarfile

from docker.models.images import Image

from harness.engine import client
from harness.images import INPUTS, image_name
from harness.orchestrator import MANIFEST, Manifest, discover

BASELINE = next(manifest for manifest in discover() if manifest.baseline)


def derive(manifest: Manifest) -> Image:
    """Build the image of a test's orchestrator over that of the baseline, which must be there."""
    dockerfile = f"FROM {image_name(BASELINE)}\nCOPY pipeline /opt/orchbench/pipeline\n".encode()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        _add(archive, "Dockerfile", dockerfile, 0o644)
        for path in sorted(manifest.folder.iterdir()):
            if path.is_file() and not path.is_symlink() and path.name not in (MANIFEST, "driver.py"):
                mode = 0o755 if os.access(path, os.X_OK) else 0o644
                _add(archive, f"pipeline/{path.name}", path.read_bytes(), mode)
    context.seek(0)
    image, _ = client().images.build(
        fileobj=context, custom_context=True, tag=image_name(manifest), labels={INPUTS: "tests"}, rm=True, forcerm=True
    )
    return image


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))
