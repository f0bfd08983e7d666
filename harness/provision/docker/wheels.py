"""Downloads the wheels of an orchestrator's lock once into a cache on the host, from which installs are made."""

import os
import ssl
from collections.abc import Sequence
from pathlib import Path

import stamina
from docker.errors import ContainerError

from harness.orchestrators.manifest import Manifest
from harness.provision.built import BUILD_LIMIT_S, BuildError, Say
from harness.provision.checkout_owner import let_everyone_read
from harness.provision.docker.base_image import BASE, ensure_base
from harness.provision.docker.bounded import run_container
from harness.provision.docker.build import proxies
from harness.provision.docker.engine import client, engine_answers, labels
from harness.provision.output import last_lines
from harness.provision.package_index import index_variables, pip_configurations
from harness.provision.run_folders import short_lived
from harness.provision.wheels import INSTALLER_LOCK, is_complete, mark_complete, wheels_folder, write_shards

_TRIES = 3
_DOWNLOAD = """
set -e
python3 -m venv /tmp/pip
for lock in /locks/*; do
    /tmp/pip/bin/pip download --quiet --no-deps --require-hashes --only-binary=:all: -d /wheels -r "$lock" &
    running="$running $!"
done
for each in $running; do wait "$each"; done
"""
_FOR_DOWNLOADS = ("PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES")
"""pip's network variables. Its other variables describe this host and have no meaning in a container."""


def fetch_wheels(manifest: Manifest, say: Say) -> None:
    """Fetch every wheel of an orchestrator's lock, and the installer's, into the cache on the host.

    pip checks each hash. Raises `BuildError` when a download still fails after several tries.
    """
    folder = wheels_folder(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    let_everyone_read(folder)
    # uv's own too: in a container there is none.
    locks = (INSTALLER_LOCK, manifest.lock)
    if is_complete(manifest, locks):
        return
    ensure_base(say)
    say(f"{manifest.name}: downloading wheels")
    with engine_answers(f"could not start the download for {manifest.name}"):
        try:
            for attempt in stamina.retry_context(on=ContainerError, attempts=_TRIES, timeout=None, wait_initial=2.0):
                with attempt:
                    if attempt.num > 1:
                        say(f"{manifest.name}: downloading wheels again, try {attempt.num}/{_TRIES}")
                    _download(locks, folder)
        except ContainerError as error:
            # pip's own words are in its stderr.
            words = last_lines(error.stderr if isinstance(error.stderr, bytes) else str(error).encode())
            raise BuildError(f"{manifest.name}: wheels could not be downloaded:\n{words}") from error
    mark_complete(manifest, locks)


def _download(locks: Sequence[Path], folder: Path) -> None:
    with short_lived("fetch") as run_folder:
        shards = run_folder / "shards"
        shards.mkdir()
        write_shards(shards, locks)
        volumes, environment = download_settings()
        volumes |= {str(folder): {"bind": "/wheels", "mode": "rw"}, str(shards): {"bind": "/locks", "mode": "ro"}}
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


def _this_user() -> str:
    """Return as whom a container writes files of ours: in a rootless engine, its root is this user."""
    rootless = "name=rootless" in client().info()["SecurityOptions"]
    return "0:0" if rootless else f"{os.getuid()}:{os.getgid()}"


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
