"""The network settings of this host that a download in a container gets."""

from pathlib import Path

import pytest

from harness.isolation.docker.wheels import download_settings

MIRROR = "https://mirror.example/simple"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"])
def test_a_mirror_and_the_proxies_are_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, MIRROR)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    _, environment = download_settings()
    assert environment["PIP_INDEX_URL"] == MIRROR
    assert environment["HTTPS_PROXY"] == "http://proxy:3128"


@pytest.mark.parametrize("name", ["PIP_TARGET", "PIP_NO_INDEX", "PIP_CONSTRAINT", "PIP_FIND_LINKS", "PIP_USER"])
def test_pip_settings_about_this_host_are_not_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/somewhere")
    _, environment = download_settings()
    assert name not in environment


def test_pips_configuration_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "pip.conf"
    own.write_text("[global]\ntrusted-host = mirror.example\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(own))
    volumes, _ = download_settings()
    assert volumes[str(own)]["bind"] == "/etc/pip.conf"
