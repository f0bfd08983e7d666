"""Systems for tests that must not depend on the existing folders: the baseline, and tools derived from it."""

import re

from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.paths import REPOSITORY

BASELINE = next(manifest for manifest in discover() if manifest.baseline)
PUBLISHED = {*re.findall(r"\(pipelines/(\w+)/NOTES\.md\)", (REPOSITORY / "README.md").read_text())}
"""The systems of the published table, without folders that are newer."""
_CANCELS = REPOSITORY / "tests/orchestrators/pipelines/mortal"
"""A folder whose driver is the baseline's and can also cancel."""


def tool(name: str, **changed: object) -> Manifest:
    """Return a tool with two profiles, and with changed fields of its manifest."""
    defaults = BASELINE.profiles["defaults"]
    known = {
        "name": name,
        "title": name.title(),
        "baseline": False,
        "profiles": {"defaults": defaults, "tuned": defaults.model_copy(update={"poll_period_s": 1.0})},
    }
    return BASELINE.model_copy(update={**known, **changed})


def tried_in_full(name: str) -> Manifest:
    """Return a tool to whose profile `tuned` all crash scenarios apply in containers."""
    tuned = BASELINE.profiles["defaults"].model_copy(update={"metadata_database": True})
    return tool(
        name,
        folder=_CANCELS,
        unsupported={},
        guarded=BASELINE.homepage,
        scheduler="scheduler",
        profiles={"defaults": BASELINE.profiles["defaults"], "tuned": tuned},
    )
