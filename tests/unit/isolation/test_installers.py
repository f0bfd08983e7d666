"""The environment of uv and pip."""

import re

import pytest

from harness.isolation.installers import DIVERTING, installer_variables
from harness.paths import REPOSITORY


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
