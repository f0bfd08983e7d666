"""Converts files of older formats to the current one when they are read. The files themselves never change.

Each function adds the fields that its kind of file lacked, with the value that applied then or as unknown. Older plans
and records need no conversion, because the defaults of their models are correct.
"""

from collections.abc import Iterable
from typing import Any

from harness.experiment.versions import FORMAT

READ = range(2, FORMAT + 1)
"""The supported formats. This repository has no result of an older one."""


def environment_of_today(content: dict[str, Any]) -> dict[str, Any]:
    """Convert an older `environment.json` to the current format. Malformed content stays as it is."""
    content.pop("carried_from", None)
    # Before format 4, the selected systems were not recorded.
    content.setdefault("choice", None)
    for system in _objects(content.get("systems")):
        # There were only servers, and manifests did not list unsupported features.
        system.setdefault("mode", "server")
        system.setdefault("unsupported", {})
        system.setdefault("code_sha256", None)
        for profile in _objects(system.get("profiles")):
            profile.setdefault("not_tried", {})
    return content


def _objects(content: object) -> Iterable[dict[str, Any]]:
    """Return the objects in a list, or among the values of an object."""
    values = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [each for each in values if isinstance(each, dict)]
