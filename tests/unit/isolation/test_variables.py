"""The environment of an orchestrator's processes."""

import pytest

from harness.isolation.environment_variables import Places, variables
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest

PLACES = Places("127.0.0.1", 8000, "/state", "/landing", "/exchange", "postgresql://w", metadata="u:p@m/db")


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_no_proxy_is_explicit(manifest: Manifest) -> None:
    for profile in manifest.profiles:
        found = variables(manifest, profile, {}, PLACES)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            # The configuration of the engine's client does not replace variables of the container.
            assert (found[name], found[name.lower()]) == ("", "")
