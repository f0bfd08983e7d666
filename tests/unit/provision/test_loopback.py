"""Addresses that need no proxy, and the network that a download needs."""

import pytest

from harness.cli.process_setup import spare_loopback
from harness.provision.docker.build import download_network
from harness.provision.docker.engine import is_loopback

LOOPBACK = "localhost,127.0.0.1,::1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}),
        ({"NO_PROXY": ".corp.example"}, {"NO_PROXY": f".corp.example,{LOOPBACK}"}),
        ({"no_proxy": "127.0.0.1, x"}, {"no_proxy": "127.0.0.1,x,localhost,::1"}),
        ({"NO_PROXY": "*"}, {"NO_PROXY": "*"}),
    ],
)
def test_loopback_is_added_to_existing_exceptions(before: dict[str, str], after: dict[str, str]) -> None:
    spare_loopback(before)
    assert before == after


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_names_of_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("proxy", "network"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.corp.example:3128"}, None),
        ({"HTTPS_PROXY": "http://127.0.0.1:3128"}, "host"),
        ({"https_proxy": "localhost:3128"}, "host"),
        ({"NO_PROXY": "localhost"}, None),
        ({"HTTPS_PROXY": "http://[bad"}, None),
    ],
)
def test_a_proxy_on_loopback_needs_the_hosts_network(
    proxy: dict[str, str], network: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in proxy.items():
        monkeypatch.setenv(name, value)
    assert download_network() == network
