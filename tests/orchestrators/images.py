"""Images of orchestrators that exist only for tests: the baseline's image with another folder laid over its pipeline.

What they do not bring themselves, such as `serve`, is the baseline's. So they take seconds to build, install nothing,
and share every layer with the baseline but one.
"""

import io
import tarfile
from pathlib import Path

from harness.isolation.docker.build import INPUTS
from harness.isolation.docker.engine import client
from harness.isolation.docker.images import image_name
from harness.isolation.protocol import Built
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import MANIFEST, Manifest

BASELINE = next(manifest for manifest in discover() if manifest.baseline)
SERVING = Path(__file__).with_name("serving.py")


def derive(manifest: Manifest) -> Built:
    """Build the image of a test's orchestrator over that of the baseline, which must be there."""
    dockerfile = f"FROM {image_name(BASELINE)}\nCOPY pipeline /opt/orchbench/pipeline\n".encode()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        _add(archive, "Dockerfile", dockerfile)
        _add(archive, "pipeline/baseline_server.py", (BASELINE.folder / "server.py").read_bytes())
        for path in [SERVING, *sorted(manifest.folder.iterdir())]:
            if path.is_file() and not path.is_symlink() and path.name not in (MANIFEST, "driver.py"):
                _add(archive, f"pipeline/{path.name}", path.read_bytes())
    context.seek(0)
    image, _ = client().images.build(
        fileobj=context, custom_context=True, tag=image_name(manifest), labels={INPUTS: "tests"}, rm=True, forcerm=True
    )
    return Built(image.id or "", "0" * 64, image.attrs["Size"])


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o755
    archive.addfile(member, io.BytesIO(content))
