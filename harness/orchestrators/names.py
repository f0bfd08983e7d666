"""Checks names: an orchestrator's, which its folder, images and environments have, and a profile's."""

import keyword
import re

_PATTERN = r"[a-z][a-z0-9_]*"
_LONGEST = 40
_RESERVED = {
    "reference": "the pipeline that all orchestrators run",
    **dict.fromkeys(("base", "rootfs", "warehouse"), "an image that stacks are built on"),
    **dict.fromkeys(("installer", "postgres"), "an environment that every stack needs"),
}


def misspelt(name: str) -> str:
    """Say why an orchestrator or a profile cannot be written like this in ids of records. Empty if it can."""
    if not re.fullmatch(_PATTERN, name):
        return "expected lower-case letters, digits and underscores, a letter first"
    if len(name) > _LONGEST:
        return f"expected at most {_LONGEST} characters, got {len(name)}"
    return ""


def objection(name: str) -> str:
    """Say why an orchestrator cannot have a name. Empty if it can."""
    if fault := misspelt(name):
        return fault
    if keyword.iskeyword(name):
        return f"{name!r} is a Python keyword"
    if name in _RESERVED:
        return f"{name!r} is reserved for {_RESERVED[name]}"
    return ""
