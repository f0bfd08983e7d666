"""Systems for tests that must not depend on which folders there are: the baseline, and tools made of it."""

import re
from pathlib import Path

from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.paths import REPOSITORY

BASELINE = next(manifest for manifest in discover() if manifest.baseline)
PUBLISHED = {*re.findall(r"\(pipelines/(\w+)/NOTES\.md\)", (REPOSITORY / "README.md").read_text())}
"""The systems of the published table; a folder that is new is none of them."""
_CANCELS = '''
class Driver(Base):
    """Can do one thing more than the baseline's."""

    def cancel(self, run: str) -> None:
        """End a run."""
'''


def tool(name: str, **told: object) -> Manifest:
    """Return a tool with two profiles; `told` says what of its manifest is otherwise."""
    defaults = BASELINE.profiles["defaults"]
    known = {
        "name": name,
        "title": name.title(),
        "baseline": False,
        "profiles": {"defaults": defaults, "tuned": defaults.model_copy(update={"poll_period_s": 1.0})},
    }
    return BASELINE.model_copy(update={**known, **told})


def tried_in_full(name: str, folder: Path) -> Manifest:
    """Return a tool with its driver in a folder; in a container the crash lab tries all of its scenarios on `tuned`."""
    base = (BASELINE.folder / "driver.py").read_text().replace("class Driver", "class Base")
    folder.mkdir(parents=True)
    (folder / "driver.py").write_text(base + _CANCELS)
    tuned = BASELINE.profiles["defaults"].model_copy(update={"metadata_database": True})
    return tool(
        name,
        folder=folder,
        unsupported={},
        guarded=BASELINE.homepage,
        scheduler="scheduler",
        profiles={"defaults": BASELINE.profiles["defaults"], "tuned": tuned},
    )
