"""The environment of an orchestrator's processes."""

import pytest

from harness.isolation.places import Places, variables
from harness.orchestrators.contender import contenders
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest

PLACES = Places("127.0.0.1", 8000, "/state", "/landing", "/exchange", "postgresql://w", metadata="u:p@m/db")


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_no_proxy_is_explicit(manifest: Manifest) -> None:
    for contender in contenders([manifest]):
        found = variables(contender, {}, PLACES)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            # The configuration of the engine's client does not replace variables of the container.
            assert (found[name], found[name.lower()]) == ("", "")
