"""Images: the base, the warehouse, and one image for each orchestrator, built only where something changed.

An image carries the digest of all that went into it as a label; where the label matches, nothing is done, else the
classic builder goes on from its own cache. Wheels are fetched into a cache on the host (tried again when a download
fails) and served to the build over the loopback of its own network namespace, so that a build needs no network and
no proxy or certificate of the host ever enters a layer.
"""

import hashlib
import io
import os
import re
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from harness.engine import LABEL, EngineError, client
from harness.orchestrator import MANIFEST, REPOSITORY, Manifest

ROOTFS = "orchbench/rootfs:bookworm"
BASE = "orchbench/base:bookworm"
WAREHOUSE = "orchbench/warehouse:15"
WHEELS = REPOSITORY / ".cache" / "wheels"
INSTALLER_LOCK = REPOSITORY / "compose" / "installer.lock"
INPUTS = "orchbench.inputs"
"""The label of every image of ours: the digest of all that went into it."""
_FETCH_TRIES = 3

Say = Callable[[str], None]


class BuildError(Exception):
    """A build or a download failed for good; the message holds the last lines of its output."""


def image_name(manifest: Manifest) -> str:
    """Return the name of an orchestrator's image, tagged with the orchestrator's version."""
    return f"orchbench/{manifest.name}:{manifest.version}"


def wheels_folder(manifest: Manifest) -> Path:
    """Return where the wheels of an orchestrator's lock are kept on the host."""
    return WHEELS / manifest.name


def ensure_warehouse(say: Say) -> Image:
    """Build the base and the warehouse images where they are missing or outdated."""
    base = _ensure_base(say)
    compose = REPOSITORY / "compose"
    dockerfile = compose / "warehouse.Dockerfile"
    return _build(WAREHOUSE, dockerfile, [compose / "warehouse"], {"BASE": BASE}, base.id or "", say, network=None)


def ensure_orchestrator(manifest: Manifest, say: Say) -> Image:
    """Build one orchestrator's image where it is missing or outdated, fetching its wheels first.

    Raises `BuildError` when a download or a build step fails for good.
    """
    base = _ensure_base(say)
    compose = REPOSITORY / "compose"
    files = [
        compose / "install",
        compose / "wait_for_metadata",
        *_sources(manifest.folder),
        *_sources(REPOSITORY / "pipelines" / "reference"),
    ]
    arguments = {"BASE": BASE, "ORCHESTRATOR": manifest.name}
    dockerfile = compose / "Dockerfile"
    name = image_name(manifest)
    if (built := _current(name, dockerfile, files, base.id or "")) is not None:
        return built
    fetch_wheels(manifest, say)
    with _wheel_server(wheels_folder(manifest)) as network:
        return _build(name, dockerfile, files, arguments, base.id or "", say, network=network)


def fetch_wheels(manifest: Manifest, say: Say) -> None:
    """Fetch every wheel of an orchestrator's lock, and the installer's, into the cache on the host.

    pip checks each hash. Raises `BuildError` when a download still fails after several tries.
    """
    folder = wheels_folder(manifest)
    locks = hashlib.sha256(INSTALLER_LOCK.read_bytes() + manifest.lock.read_bytes()).hexdigest()
    complete = folder / ".complete"
    if complete.exists() and complete.read_text() == locks:
        return
    _ensure_base(say)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"{manifest.name}: fetching wheels")
    volumes, environment = _host_network_settings()
    volumes |= {
        str(folder): {"bind": "/wheels", "mode": "rw"},
        str(INSTALLER_LOCK): {"bind": "/locks/installer.lock", "mode": "ro"},
        str(manifest.lock): {"bind": "/locks/requirements.lock", "mode": "ro"},
    }
    download = "/tmp/pip/bin/pip download --quiet --no-deps --require-hashes --only-binary=:all: -d /wheels -r /locks/"  # noqa: S108
    script = f"set -e; python3 -m venv /tmp/pip; {download}installer.lock; {download}requirements.lock"
    for attempt in range(1, _FETCH_TRIES + 1):
        try:
            client().containers.run(
                BASE,
                ["sh", "-c", script],
                remove=True,
                network_mode="host",
                user=f"{os.getuid()}:{os.getgid()}",
                volumes=volumes,
                environment={**environment, "HOME": "/tmp", "PIP_NO_CACHE_DIR": "1"},  # noqa: S108
                labels={LABEL: "fetch"},
                stderr=True,
            )
        except APIError as error:
            raise EngineError(f"the engine could not run the download of {manifest.name}: {error}") from error
        except Exception as error:
            # docker.errors.ContainerError: pip's own words are in its stderr.
            words = _last_lines(getattr(error, "stderr", None) or str(error).encode())
            if attempt == _FETCH_TRIES:
                raise BuildError(f"{manifest.name}: wheels could not be fetched:\n{words}") from error
            say(f"{manifest.name}: fetching wheels again, try {attempt + 1} of {_FETCH_TRIES}")
            time.sleep(2**attempt)
        else:
            break
    complete.write_text(locks)


def remove_dangling() -> None:
    """Remove images of ours that a newer build has replaced."""
    client().images.prune(filters={"dangling": True, "label": INPUTS})


def _ensure_base(say: Say) -> Image:
    dockerfile = REPOSITORY / "compose" / "base.Dockerfile"
    rootfs = _ensure_rootfs(say)
    return _build(BASE, dockerfile, [], {"ROOTFS": ROOTFS}, rootfs.id or "", say, network=None)


def _ensure_rootfs(say: Say) -> Image:
    """Tag Debian bookworm as our root file system: pulled where a registry answers, else made by mmdebstrap."""
    engine = client()
    try:
        return engine.images.get(ROOTFS)
    except ImageNotFound:
        pass
    say("base: pulling debian:bookworm-slim")
    try:
        pulled = engine.images.pull("debian", "bookworm-slim")
    except (APIError, OSError):
        return _bootstrap_rootfs(say)
    pulled.tag(ROOTFS)
    return engine.images.get(ROOTFS)


def _bootstrap_rootfs(say: Say) -> Image:
    if shutil.which("mmdebstrap") is None:
        remedy = "sudo apt-get install mmdebstrap"
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise BuildError(f"no image registry answers, and mmdebstrap is missing; install it with: {remedy}")
        say("base: installing mmdebstrap, since no image registry answers")
        _run(["apt-get", "update"], "apt-get update")
        _run(["apt-get", "install", "-y", "mmdebstrap"], "apt-get install mmdebstrap")
    say("base: making Debian bookworm with mmdebstrap")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "rootfs.tar"
        command = ["mmdebstrap", "--variant=minbase", "--aptopt=Acquire::Retries 5"]
        packages = "--include=python3,python3-venv,tini,ca-certificates,procps"
        for attempt in range(1, _FETCH_TRIES + 1):
            try:
                _run([*command, packages, "bookworm", str(archive)], "mmdebstrap")
                break
            except BuildError:
                if attempt == _FETCH_TRIES:
                    raise
        repository, tag = ROOTFS.split(":")
        client().api.import_image_from_file(str(archive), repository=repository, tag=tag)
    return client().images.get(ROOTFS)


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"{what} failed:\n{_last_lines(done.stdout + done.stderr)}")


def _sources(folder: Path) -> list[Path]:
    """Return every file of a folder that an image needs: no caches, and not what only the harness reads."""
    left_out = {"driver.py", MANIFEST, "requirements.in"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in left_out
    )


def _digest(dockerfile: Path, files: list[Path], base_id: str) -> str:
    digest = hashlib.sha256(base_id.encode())
    for path in [dockerfile, *files]:
        executable = os.access(path, os.X_OK)
        digest.update(f"{path.relative_to(REPOSITORY)} {executable}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _current(name: str, dockerfile: Path, files: list[Path], base_id: str) -> Image | None:
    """Return the image if it exists and was built from exactly these inputs."""
    try:
        image = client().images.get(name)
    except ImageNotFound:
        return None
    return image if image.labels.get(INPUTS) == _digest(dockerfile, files, base_id) else None


def _build(
    name: str,
    dockerfile: Path,
    files: list[Path],
    arguments: dict[str, str],
    base_id: str,
    say: Say,
    *,
    network: str | None,
) -> Image:
    if (built := _current(name, dockerfile, files, base_id)) is not None:
        return built
    labels = {INPUTS: _digest(dockerfile, files, base_id)}
    proxies = {key: value for key, value in os.environ.items() if key.lower().endswith("_proxy")}
    output: list[str] = []
    for message in client().api.build(
        fileobj=_context([dockerfile, *files]),
        custom_context=True,
        dockerfile=str(dockerfile.relative_to(REPOSITORY)),
        tag=name,
        buildargs={**proxies, **arguments},
        labels=labels,
        network_mode=network,
        rm=True,
        forcerm=True,
        decode=True,
    ):
        line = message.get("stream", "").strip()
        output.append(line)
        if step := re.match(r"Step (\d+/\d+) : (.{0,50})", line):
            say(f"{name}: step {step[1]} {step[2]}")
        if "error" in message:
            words = _last_lines("\n".join(output).encode())
            raise BuildError(f"{name}: {message['error']}\n{words}")
    return client().images.get(name)


def _context(files: list[Path]) -> io.BytesIO:
    """Return a build context of just these files, under their paths in the repository."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in files:
            member = archive.gettarinfo(path, arcname=str(path.relative_to(REPOSITORY)))
            # The owner and the clock of a checkout are no reason to build again.
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = 0
            member.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)
    buffer.seek(0)
    return buffer


@contextmanager
def _wheel_server(folder: Path) -> Iterator[str]:
    """Serve a folder of wheels on a loopback that nothing else reaches; yield the network mode to build in."""
    server = client().containers.run(
        BASE,
        ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/wheels", "8000"],
        detach=True,
        network_mode="none",
        user="1000:1000",
        volumes={str(folder): {"bind": "/wheels", "mode": "ro"}},
        labels={LABEL: "wheels"},
    )
    try:
        yield f"container:{server.id}"
    finally:
        server.remove(force=True)


def _host_network_settings() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return mounts and variables by which a download container uses the host's proxies, index and certificates."""
    environment = {
        key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.lower().endswith("_proxy")
    }
    if "UV_INDEX_URL" in os.environ:
        environment.setdefault("PIP_INDEX_URL", os.environ["UV_INDEX_URL"])
    # A folder of the host means nothing inside.
    environment.pop("PIP_FIND_LINKS", None)
    volumes: dict[str, dict[str, str]] = {}
    for config in (Path.home() / ".config/pip/pip.conf", Path("/etc/pip.conf")):
        if config.is_file():
            volumes[str(config)] = {"bind": "/etc/pip.conf", "mode": "ro"}
            break
    bundle = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if bundle and Path(bundle).is_file():
        volumes[str(Path(bundle).resolve())] = {"bind": "/host-ca.pem", "mode": "ro"}
        environment |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), "/host-ca.pem")
    return volumes, environment


def _last_lines(output: bytes, count: int = 15) -> str:
    return "\n".join(output.decode(errors="replace").strip().splitlines()[-count:])
