"""Converts files of older formats to the current one when they are read. The files themselves never change.

Each function adds the fields that its kind of file lacked, with the value that applied then or as unknown. Malformed
content stays as it is, and the models say what is wrong with it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.experiment.versions import FORMAT

READ = range(2, FORMAT + 1)
"""The supported formats. This repository has no result of an older one."""
_TRY = re.compile(r"(?P<first_id>.*?)(-try(?P<number>\d{1,9}))?")
_PLACE = re.compile(r"-(?P<number>\d{1,9})-")


def environment_of_today(content: dict[str, Any]) -> dict[str, Any]:
    """Convert an older `environment.json` to the current format."""
    content.pop("carried_from", None)
    # Before format 4, the selected systems were not recorded.
    content.setdefault("choice", None)
    for system in _objects(content.get("systems")):
        # There were only servers, and manifests did not list unsupported features.
        system.setdefault("mode", "server")
        system.setdefault("unsupported", {})
        system.setdefault("code_sha256", None)
        # Before format 6, the alphabetically first profile was the shared one.
        system.setdefault("shared_profile", min(map(str, system.get("profiles") or ()), default=""))
        for profile in _objects(system.get("profiles")):
            profile.setdefault("not_tried", {})
            # No tool looked for due retries less often than for triggers.
            profile.setdefault("retry_period_s", 0)
    return content


def plan_of_today(content: dict[str, Any]) -> dict[str, Any]:
    """Convert an older `plan.json` to the current format."""
    # Before format 6, the numbers of rounds were not recorded.
    for number, planned in enumerate(_objects(content.get("rounds")), start=1):
        planned["number"] = number
    return content


def record_of_today(content: bytes, round_numbers: Mapping[str, int]) -> bytes:
    """Convert an older record, without its link. `round_numbers` are the numbers of planned rounds by id."""
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return content
    # Before format 6, only the ids of rounds and trials contained their numbers.
    added: dict[str, int] = {}
    if record.get("kind") in ("trial", "crash", "round"):
        planned_id, added["round_try"] = _split_try(record.get("round"))
        added["round_number"] = round_numbers.get(planned_id, 0)
    if record.get("kind") in ("trial", "crash"):
        name, added["trial_try"] = _split_try(record.get("trial"))
        place = _PLACE.match(name.removeprefix(str(record.get("round"))))
        added["trial_number"] = int(place["number"]) if place else 0
    return b"%s,%s" % (content[:-1], json.dumps(added).encode()[1:]) if added else content


def _split_try(name: object) -> tuple[str, int]:
    """Split an id into that of the first try, and the number of the try."""
    found = _TRY.fullmatch(str(name))
    return (found["first_id"], int(found["number"] or 1)) if found else ("", 0)


def _objects(content: object) -> Iterable[dict[str, Any]]:
    """Return the objects in a list, or among the values of an object."""
    values = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [each for each in values if isinstance(each, dict)]
