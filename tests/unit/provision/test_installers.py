"""The environment of uv and pip, and the index that downloads come from."""

import re
from pathlib import Path

import pytest

from harness.paths import REPOSITORY
from harness.provision.installers import DIVERTING, INDEX_VARIABLES, index_url, index_variables, installer_variables


def test_redirecting_variables_are_removed_and_network_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ("HTTPS_PROXY", "SSL_CERT_FILE", "PIP_CERT", "PIP_TRUSTED_HOST", "UV_CACHE_DIR", "UV_PYTHON_INSTALL_MIRROR")
    for name in (*DIVERTING, *kept):
        monkeypatch.setenv(name, "told")
    told = installer_variables()
    assert not {*DIVERTING} & {*told}
    assert {told[name] for name in kept} == {"told"}


def test_the_makefile_has_the_same_list() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    listed = re.search(r"^unexport ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert listed
    assert listed[1].replace("\\", "").split() == [*DIVERTING]


MIRROR = "https://mirror.example/simple"


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in INDEX_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    # pip's own word for no configuration at all
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def configure(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "own.conf"
    path.write_text(text)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(path))


def test_nothing_is_configured() -> None:
    assert index_url() == ""
    assert index_variables() == {}


@pytest.mark.parametrize("name", INDEX_VARIABLES)
def test_each_variable_applies_to_both_tools(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, MIRROR)
    assert index_variables() == {"UV_DEFAULT_INDEX": MIRROR, "PIP_INDEX_URL": MIRROR}


def test_pips_configuration_applies_if_no_variable_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, f"[global]\nindex-url = {MIRROR}\n", monkeypatch)
    assert index_url() == MIRROR
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert index_url() == "https://other.example/simple"


@pytest.mark.parametrize("text", ["", "no configuration", "[global]\ncert = /x%y\n", "\xff"])
def test_a_configuration_without_an_index(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, text, monkeypatch)
    assert index_url() == ""
