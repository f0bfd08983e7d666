"""Where a system's name leads: to the notes on its pipeline, which its folder has by the contract."""

from harness.orchestrators.manifest import NOTES
from harness.report.escape import escaped

FROM_A_RESULT = "../../"
"""The way from a result's folder to the repository."""


def notes_of(name: str, root: str) -> str:
    """Return the link to the notes on an orchestrator, from where `root` leads to the repository."""
    return f"{root}pipelines/{name}/{NOTES}"


def linked(title: str, name: str, root: str) -> str:
    """Return a title as markdown that leads to its orchestrator's notes."""
    return f"[{escaped(title)}]({notes_of(name, root)})"
