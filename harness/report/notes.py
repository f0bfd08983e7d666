"""Links a system's name to the notes in its folder, which the contract requires."""

from harness.orchestrators.manifest import NOTES
from harness.report.escape import escaped

FROM_A_RESULT = "../../"
"""The path from a result's folder to the repository."""


def notes_of(name: str, root: str) -> str:
    """Return the link to an orchestrator's notes. `root` is the path to the repository."""
    return f"{root}pipelines/{name}/{NOTES}"


def linked(title: str, name: str, root: str) -> str:
    """Return a title as a markdown link to its orchestrator's notes."""
    return f"[{escaped(title)}]({notes_of(name, root)})"
