"""Drivers reach servers on loopback without the proxies of the environment."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from harness.orchestrators.discovery import discover
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import load_driver
from harness.orchestrators.manifest import Manifest

NOWHERE = "http://127.0.0.1:9"


class Served(http.server.HTTPServer):
    requests: int = 0


class Handler(http.server.BaseHTTPRequestHandler):
    server: Served

    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_error(404)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    "proxies",
    [
        {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE},
        {"http_proxy": NOWHERE, "NO_PROXY": "localhost,.corp.example"},
        {"ALL_PROXY": "socks5://127.0.0.1:9"},
        {"all_proxy": "no address at all"},
    ],
)
@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_a_driver_uses_no_proxy(
    served: Served, manifest: Manifest, proxies: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    secrets = dict.fromkeys(manifest.secrets, "secret")
    driver = load_driver(manifest.name, manifest.folder)(Endpoint(f"http://127.0.0.1:{served.server_port}", secrets))
    # Each driver handles a 404 in its own way.
    with suppress(Exception):
        driver.ready()
    assert served.requests > 0
