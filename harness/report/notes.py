"""Where a system's name leads: to the notes on its pipeline, if its folder in this checkout has any."""

from harness.orchestrators.manifest import NOTES
from harness.paths import PIPELINES
from harness.report.escape import escaped

FROM_A_RESULT = "../../"
"""The way from a result's folder to the repository."""


def notes_of(name: str, root: str) -> str | None:
    """Return the link to the notes on an orchestrator, from where `root` leads to the repository."""
    return f"{root}pipelines/{name}/{NOTES}" if (PIPELINES / name / NOTES).is_file() else None


def linked(title: str, name: str, root: str, otherwise: str | None = None) -> str:
    """Return a title as markdown that leads to its orchestrator's notes, or where there are none, `otherwise`."""
    link = notes_of(name, root) or otherwise
    return f"[{escaped(title)}]({link})" if link else escaped(title)
