"""Wheels of an orchestrator's lock: fetched once into a cache on the host, and served from there to builds.

A build needs no network, so no proxy, index or certificate of the host ever enters a layer.
"""

import hashlib
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stamina
from docker.errors import APIError, ContainerError
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from harness.isolation.docker.base import BASE, ensure_base
from harness.isolation.docker.build import last_lines
from harness.isolation.docker.engine import LABEL, EngineError, client
from harness.isolation.protocol import BuildError, Say
from harness.orchestrators.manifest import Manifest
from harness.paths import CACHE, COMPOSE

INSTALLER_LOCK = COMPOSE / "installer.lock"
_TRIES = 3


def wheels_folder(manifest: Manifest) -> Path:
    """Return where the wheels of an orchestrator's lock are kept on the host."""
    return CACHE / "wheels" / manifest.name


def wheels_of(manifest: Manifest) -> list[Path]:
    """Return the wheels that the lock names; the cache may hold the installer's and older ones as well."""
    pins = {
        (canonicalize_name(name), Version(version))
        for name, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", manifest.lock.read_text(), re.MULTILINE)
    }
    return [path for path in wheels_folder(manifest).glob("*.whl") if parse_wheel_filename(path.name)[:2] in pins]


def fetch_wheels(manifest: Manifest, say: Say) -> None:
    """Fetch every wheel of an orchestrator's lock, and the installer's, into the cache on the host.

    pip checks each hash. Raises `BuildError` when a download still fails after several tries.
    """
    folder = wheels_folder(manifest)
    locks = hashlib.sha256(INSTALLER_LOCK.read_bytes() + manifest.lock.read_bytes()).hexdigest()
    complete = folder / ".complete"
    if complete.exists() and complete.read_text() == locks:
        return
    ensure_base(say)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"{manifest.name}: fetching wheels")
    try:
        for attempt in stamina.retry_context(on=ContainerError, attempts=_TRIES, timeout=None, wait_initial=2.0):
            with attempt:
                if attempt.num > 1:
                    say(f"{manifest.name}: fetching wheels again, try {attempt.num} of {_TRIES}")
                _download(manifest, folder)
    except ContainerError as error:
        # pip's own words are in its stderr.
        words = last_lines(error.stderr if isinstance(error.stderr, bytes) else str(error).encode())
        raise BuildError(f"{manifest.name}: wheels could not be fetched:\n{words}") from error
    except APIError as error:
        raise EngineError(f"the engine could not run the download of {manifest.name}: {error}") from error
    complete.write_text(locks)


@contextmanager
def serve_wheels(folder: Path) -> Iterator[str]:
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


def _download(manifest: Manifest, folder: Path) -> None:
    volumes, environment = _host_network_settings()
    volumes |= {
        str(folder): {"bind": "/wheels", "mode": "rw"},
        str(INSTALLER_LOCK): {"bind": "/locks/installer.lock", "mode": "ro"},
        str(manifest.lock): {"bind": "/locks/requirements.lock", "mode": "ro"},
    }
    download = "/tmp/pip/bin/pip download --quiet --no-deps --require-hashes --only-binary=:all: -d /wheels -r /locks/"  # noqa: S108
    script = f"set -e; python3 -m venv /tmp/pip; {download}installer.lock; {download}requirements.lock"
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
