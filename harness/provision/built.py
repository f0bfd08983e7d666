"""What a build makes, for every isolation."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import Failure

BUILD_LIMIT_S = 3600
"""The time limit of one build command, including downloads over a slow connection."""

Say = Callable[[str], None]
"""Receives one line about the current activity."""


class BuildError(Failure):
    """A build, a download or an install failed permanently. The message has the last lines of its output."""


@dataclass(frozen=True)
class Install:
    """What the install of a lock took: bytes and number of its wheels, and seconds from a local folder of them."""

    download_bytes: int
    packages: int
    seconds: float


@dataclass(frozen=True)
class Built:
    """An image or environment for a stack.

    `inputs_sha256` is the digest of all its inputs. Two builds with the same inputs are equal, whatever their ids.
    `install` is the cost of its install, or `None` if this call did not install it.
    """

    id: str
    inputs_sha256: str
    size_bytes: int
    install: Install | None = None
