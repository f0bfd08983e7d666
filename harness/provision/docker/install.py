"""The install of a lock, timed: in a fresh container of the base image, under an envelope, with no network.

Its wheels are downloaded once into a cache on the host, in a container that has the host's network settings.
"""

import os
import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from docker.errors import ContainerError
from docker.models.containers import Container
from docker.types import Mount

from harness.experiment.envelope import Envelope
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import BUILD_LIMIT_S, BuildError, Install, Say
from harness.provision.commands import last_lines, note
from harness.provision.docker.base_image import BASE, ensure_base
from harness.provision.docker.build import proxies
from harness.provision.docker.engine import ENGINE_FAILS, client, engine_answers, labels, run_container, run_inside
from harness.provision.installers import index_variables, pip_configurations
from harness.provision.run_folders import short_lived
from harness.provision.wheels import INSTALLER_LOCK, fetch_wheels, install_of, wheels_folder

_DOWNLOAD = """
set -e
python3 -m venv /tmp/pip
for lock in /locks/*; do
    /tmp/pip/bin/pip download --quiet --no-deps --require-hashes --only-binary=:all: -d /wheels -r "$lock" &
    running="$running $!"
done
for each in $running; do wait "$each"; done
"""
_INSTALL = "exec /inputs/install /wheels /inputs/requirements.lock /opt/venv"
_FOR_DOWNLOADS = ("PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES")
"""pip's network variables. Its other variables describe this host and have no meaning in a container."""


def time_install(manifest: Manifest, envelope: Envelope) -> Install:
    """Install an orchestrator's lock into a temporary container, and return the cost. Raises `BuildError`."""
    fetch(manifest, say=lambda _: None)
    with (
        engine_answers(f"{manifest.name}: the locked dependencies could not be installed", kind=BuildError),
        workroom(manifest, BASE, envelope) as container,
    ):
        return install_in(container, manifest)


def install_in(container: Container, manifest: Manifest) -> Install:
    """Install downloaded wheels in a container, and return the cost. Raises `BuildError`."""
    said = run_in(container, manifest, _INSTALL)
    timed = re.search(r"install_s=([\d.]+)", said)
    if timed is None:
        raise BuildError(f"{manifest.name}: the install reported no duration: {said[-500:]!r}")
    return install_of(manifest.name, manifest.lock, float(timed[1]))


@contextmanager
def workroom(manifest: Manifest, image: str, envelope: Envelope) -> Iterator[Container]:
    """Start a container that waits to be worked in: no network, an envelope's limits, and an orchestrator's wheels."""
    # If only code has changed, nothing is downloaded and there may be no wheels.
    wheels = wheels_folder(manifest.name)
    wheels.mkdir(parents=True, exist_ok=True)
    with short_lived("install") as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        inputs.chmod(0o755)
        # A checkout's files may only be readable by their owner, and the container's user may differ.
        for source, name in ((COMPOSE / "install", "install"), (manifest.lock, "requirements.lock")):
            shutil.copyfile(source, inputs / name)
            (inputs / name).chmod(0o755)
        container = client().containers.run(
            image,
            ["infinity"],
            entrypoint=["sleep"],
            detach=True,
            network_mode="none",
            user="root",
            nano_cpus=int(envelope.cpus * 1e9),
            mem_limit=envelope.memory_bytes,
            memswap_limit=envelope.memory_bytes,
            cap_drop=["ALL"],
            cap_add=["CHOWN"],
            security_opt=["label=disable"],
            # Mounts and not volumes: the engine would write those into an image, and mount them again.
            mounts=[
                Mount(place, str(path), type="bind", read_only=True)
                for place, path in (("/wheels", wheels), ("/inputs", inputs))
            ],
            use_config_proxy=False,
            labels=labels("install"),
        )
        try:
            yield container
        finally:
            # What is left over carries our label, and goes before the next benchmark.
            with suppress(*ENGINE_FAILS):
                container.remove(force=True)


def run_in(container: Container, manifest: Manifest, script: str) -> str:
    """Run a shell script in a container and return its output. Raises `BuildError` with its last lines."""
    with engine_answers(f"{manifest.name}: the build failed", kind=BuildError):
        code, output = run_inside(container, ["sh", "-c", script], BUILD_LIMIT_S, user="root", workdir="/")
    said = output.decode(errors="replace") if isinstance(output, bytes) else ""
    note(manifest.name, said)
    if code != 0:
        raise BuildError(f"{manifest.name}: the build failed:\n{last_lines(said)}")
    return said


def fetch(manifest: Manifest, say: Say) -> None:
    """Download the wheels of an orchestrator's lock, and the installer's. Raises `BuildError`."""

    def download(shards: Path, wheels: Path) -> None:
        ensure_base(say)
        volumes, environment = download_settings()
        volumes |= {str(wheels): {"bind": "/wheels", "mode": "rw"}, str(shards): {"bind": "/locks", "mode": "ro"}}
        with engine_answers(f"could not start the download for {manifest.name}"):
            try:
                run_container(
                    BASE,
                    ["sh", "-c", _DOWNLOAD],
                    BUILD_LIMIT_S,
                    network_mode="host",
                    user=_this_user(),
                    userns_mode="host",
                    volumes=volumes,
                    environment={**environment, "HOME": "/tmp", "PIP_NO_CACHE_DIR": "1"},  # noqa: S108
                    security_opt=["label=disable"],
                    labels=labels("fetch"),
                    stderr=True,
                )
            except ContainerError as error:
                words = last_lines(error.stderr or str(error))
                raise BuildError(f"{manifest.name}: wheels could not be downloaded:\n{words}") from error

    # uv's own too: in a container there is none.
    fetch_wheels(manifest.name, (INSTALLER_LOCK, manifest.lock), download, say)


def download_settings() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return mounts and variables that give a download in a container the host's proxies, index and certificates."""
    environment = {name: os.environ[name] for name in _FOR_DOWNLOADS if name in os.environ}
    environment |= proxies() | index_variables()
    volumes: dict[str, dict[str, str]] = {}
    for config in pip_configurations()[-1:]:
        volumes[str(config)] = {"bind": "/etc/pip.conf", "mode": "ro"}
    bundle = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if bundle and Path(bundle).is_file():
        volumes[str(Path(bundle).resolve())] = {"bind": "/host-ca.pem", "mode": "ro"}
        environment |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), "/host-ca.pem")
    return volumes, environment


def _this_user() -> str:
    """Return as whom a container writes files of ours: in a rootless engine, its root is this user."""
    rootless = "name=rootless" in client().info()["SecurityOptions"]
    return "0:0" if rootless else f"{os.getuid()}:{os.getgid()}"
