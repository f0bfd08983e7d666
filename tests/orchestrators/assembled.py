"""Orchestrators that exist only for tests: their own files over a copy of the baseline's folder.

Files that they lack, such as `serve`, are the baseline's. Its server is next to theirs, which builds on it.
"""

import io
import shutil
import tarfile
from pathlib import Path

from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.provision.built import Built
from harness.provision.docker.build import INPUTS
from harness.provision.docker.engine import client
from harness.provision.docker.images import image_name

BASELINE = next(manifest for manifest in discover() if manifest.baseline)
ORCHESTRATORS = Path(__file__).with_name("pipelines")
SERVING = Path(__file__).with_name("serving.py")
WITHOUT_EVENTS = {
    "process": ("invalid", "events.jsonl: No such file or directory"),
    "container": ("failed", "the tool reported failed"),
}
"""The verdict on a run that removes the event file. The harness owns the folder that a container shares."""


def assemble(name: str, pipelines: Path) -> Manifest:
    """Copy the baseline into a folder of pipelines, and a test's orchestrator over it. Return the manifest there."""
    folder = pipelines / name
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(BASELINE.folder, folder, ignore=ignored)
    shutil.copy(BASELINE.folder / "server.py", folder / "baseline_server.py")
    shutil.copy(SERVING, folder)
    shutil.copytree(ORCHESTRATORS / name, folder, ignore=ignored, dirs_exist_ok=True)
    return read_manifest(folder / MANIFEST)


def build_image(manifest: Manifest) -> Built:
    """Build the image of an assembled orchestrator on the baseline's image, which must exist.

    It takes seconds, installs nothing, and adds one layer.
    """
    dockerfile = f"FROM {image_name(BASELINE)}\nCOPY pipeline /opt/orchbench/pipeline\n".encode()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        _add(archive, "Dockerfile", dockerfile)
        for path in sorted(manifest.folder.iterdir()):
            if path.is_file() and path.name not in (MANIFEST, "driver.py"):
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
