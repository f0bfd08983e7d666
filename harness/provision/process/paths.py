"""Where environments, staged code and running rounds lie: a place in which the serving user can run programs."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.paths import CACHE, LANDING
from harness.provision.built import let_everyone_read, one_builder
from harness.provision.owner import user_name
from harness.provision.process.user import User

_LONGEST_ROUNDS = 50
"""An AF_UNIX address holds 107 characters, and tools put 40 and more of their own behind TMPDIR (unix(7))."""
_LASTING, _PASSING = "/var/tmp", "/tmp"  # noqa: S108
"""The system's folders. The second may be in memory and is cleared at each boot."""


@dataclass(frozen=True)
class ProcessPaths:
    """The folders of this isolation, and the user that its stacks run as."""

    user: User
    folder: Path
    rounds: Path

    @property
    def environments(self) -> Path:
        """One folder for each environment."""
        return self.folder / "environments"

    @property
    def python(self) -> Path:
        """Pythons that uv has downloaded, in a folder where the user can run them."""
        return self.folder / "python"

    @property
    def landing(self) -> Path:
        """The landing files, in a folder where the user can read them."""
        return LANDING.resolve() if self.folder.is_relative_to(CACHE.resolve()) else self.folder / "landing"

    @property
    def staged(self) -> Path:
        """One folder for each state of an orchestrator's code."""
        return self.folder / "code"


def find_paths(user: User) -> ProcessPaths:
    """Return the first folders where the user's programs run, in this checkout or else elsewhere.

    Raises `HarnessError` with all tried folders if there are none.
    """
    # Resolved, because programs of an environment contain its folder, and a link to it may vanish.
    cache = CACHE.resolve()
    # Named for the cache: checkouts that share one share the other.
    name = f"orchbench-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"
    elsewhere = [place / name for place in _places()]
    folder = _first([cache / "process", *elsewhere], user)
    rounds = folder / "r"
    if len(str(rounds)) > _LONGEST_ROUNDS:
        rounds = _first(elsewhere, user) / "r"
    rounds.mkdir(exist_ok=True)
    return ProcessPaths(user, folder, rounds)


def lay_landing(paths: ProcessPaths) -> None:
    """Let the user read the landing files, by a copy if necessary. A copy that a stack may be reading is kept."""
    if paths.landing != LANDING.resolve():
        with one_builder("landing"):
            paths.landing.mkdir(exist_ok=True)
            for source in LANDING.iterdir():
                copy = paths.landing / source.name
                if not copy.exists() or copy.stat().st_size != source.stat().st_size:
                    shutil.copyfile(source, unfinished := copy.with_suffix(".new"))
                    unfinished.replace(copy)
    let_everyone_read(paths.landing)


def _places() -> list[Path]:
    """Return the system's places for our folders, the one from a variable first."""
    chosen = tempfile.gettempdir()
    return [Path(place) for place in dict.fromkeys([*([chosen] if chosen != _PASSING else []), _LASTING, _PASSING])]


def _first(folders: Iterable[Path], user: User) -> Path:
    """Return the first folder in which a user's programs can run. Create it if it is missing."""
    tried = {}
    for folder in folders:
        tried[folder] = _objection(folder, user)
        if not tried[folder]:
            return folder
        # One that was made to be tried.
        with suppress(OSError):
            folder.rmdir()
    reasons = ", ".join(f"{folder} ({why})" for folder, why in tried.items())
    raise HarnessError(
        f"there is no folder in which user {user.name} can run programs. Tried: {reasons}",
        remedy=f"export TMPDIR=FOLDER (a folder in which user {user.name} can run programs)",
    )


def _objection(folder: Path, user: User) -> str:
    """Try a folder. Return why a user's programs cannot run in it, or an empty string."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Everyone can create a folder or a link with that name here, and the harness runs its content.
        if folder.parent.stat().st_mode & stat.S_IWOTH and (owner := folder.lstat().st_uid) != os.geteuid():
            return f"it belongs to {user_name(owner)}"
        descriptor, program = tempfile.mkstemp(dir=folder, prefix=".tried-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"#!/bin/sh\n")
                os.fchmod(descriptor, 0o755)
            # Twice: a process that another thread starts meanwhile holds the file open for a moment (ETXTBSY).
            if user.succeeds([program]) or user.succeeds([program]):
                return ""
        finally:
            Path(program).unlink()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if user.succeeds(["test", "-x", str(folder)]):
        return "programs in it cannot run (mounted with noexec?)"
    return f"user {user.name} cannot enter it"
