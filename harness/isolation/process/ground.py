"""Where environments, staged code and running rounds lie: a place that the serving user can enter."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.isolation.one_builder import one_builder
from harness.isolation.process.user import User
from harness.isolation.readable import let_everyone_read
from harness.paths import CACHE, LANDING

_LONGEST_ROUNDS = 50
"""An AF_UNIX address holds 107 characters, and tools put 40 and more of their own behind TMPDIR (unix(7))."""


@dataclass(frozen=True)
class Ground:
    """The folders of this isolation, and the user that its stacks run as."""

    user: User
    folder: Path
    rounds: Path

    @property
    def environments(self) -> Path:
        """One folder for each environment."""
        return self.folder / "environments"

    @property
    def landing(self) -> Path:
        """The landing files, where the user may read them."""
        return LANDING.resolve() if self.folder.is_relative_to(CACHE.resolve()) else self.folder / "landing"

    @property
    def staged(self) -> Path:
        """One folder for each state of an orchestrator's code."""
        return self.folder / "code"


def find_ground(user: User) -> Ground:
    """Return the folders for a user: in this checkout where the user may enter it, else in the system's own place.

    Raises `HarnessError` where that place is somebody else's.
    """
    CACHE.mkdir(exist_ok=True)
    # Resolved: programs of an environment name its folder, and a link to it may go.
    cache = CACHE.resolve()
    # Named for the cache: checkouts that share one share the other.
    apart = Path(tempfile.gettempdir()) / f"orchbench-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"
    folder = cache / "process" if user.can_enter(cache) else apart
    rounds = folder / "r" if len(str(folder / "r")) <= _LONGEST_ROUNDS else apart / "r"
    if apart in (folder, rounds.parent):
        apart.mkdir(parents=True, exist_ok=True)
        # Everybody may make a folder or a link of that name in the system's own place, and ours runs what lies in it.
        if apart.lstat().st_uid != os.geteuid():
            raise HarnessError(f"{apart} belongs to another user", remedy=f"sudo rm -r {apart}")
    for each in (folder, rounds.parent, rounds):
        each.mkdir(parents=True, exist_ok=True)
    return Ground(user, folder, rounds)


def lay_landing(ground: Ground) -> None:
    """Make the landing files readable for the user, by a copy where they lie out of reach.

    A copy that is there stays as it is: a stack may be reading it.
    """
    if ground.landing != LANDING.resolve():
        with one_builder("landing"):
            ground.landing.mkdir(exist_ok=True)
            for source in LANDING.iterdir():
                copy = ground.landing / source.name
                if not copy.exists() or copy.stat().st_size != source.stat().st_size:
                    shutil.copyfile(source, unfinished := copy.with_suffix(".new"))
                    unfinished.replace(copy)
    let_everyone_read(ground.landing)
