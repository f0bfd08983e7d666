"""What uv and pip find in their environment."""

import re

import pytest

from harness.paths import REPOSITORY
from harness.provision.installers import DIVERTING, installer_variables


def test_what_leads_elsewhere_is_left_out_and_what_is_about_networks_stays(monkeypatch: pytest.MonkeyPatch) -> None:
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
