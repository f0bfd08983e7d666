"""Files of older formats, read as today's: the only place that knows of them. The files stay as they were written.

Each function puts in what the files of its kind lacked, with the value that held then. An older plan or record needs
nothing: what it lacks is nothing, by the defaults of its model.
"""

from collections.abc import Iterable
from typing import Any

from harness.experiment.versions import FORMAT

READ = range(2, FORMAT + 1)
"""The formats that are read. No result of an older one is left in this repository."""


def environment_of_today(content: dict[str, Any]) -> dict[str, Any]:
    """Return what an older `environment.json` holds, in today's shape; what is malformed stays so."""
    content.pop("carried_from", None)
    # Who was asked for was not recorded before format 4.
    content.setdefault("choice", None)
    for system in _objects(content.get("systems")):
        # There were servers only, and nobody had said what a tool offers nothing for.
        system.setdefault("mode", "server")
        system.setdefault("unsupported", {})
        for profile in _objects(system.get("profiles")):
            profile.setdefault("not_tried", {})
    return content


def _objects(content: object) -> Iterable[dict[str, Any]]:
    """Return the objects in a list, or among the values of an object."""
    values = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [each for each in values if isinstance(each, dict)]
