"""The user of a stack's processes: the user who started the harness, but never root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.provision.commands import CommandError, run_command

_LIMIT_S = 30.0


@dataclass(frozen=True)
class User:
    """A user of this host."""

    name: str
    uid: int
    gid: int

    @property
    def identity(self) -> dict[str, object]:
        """Arguments for `subprocess` to run as this user, or none if this process already does."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, *paths: Path | int) -> None:
        """Give files and folders to this user, by path without following links, or by open descriptor."""
        if self.identity:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=isinstance(path, int))

    def succeeds(self, command: Sequence[str]) -> bool:
        """Whether a short command ends well as this user."""
        try:
            return self.run(command).returncode == 0
        except CommandError:
            return False

    def run(
        self, command: Sequence[str], limit_s: float = _LIMIT_S, kind: type[HarnessError] = CommandError, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command as this user to its end, like `run_command`."""
        return run_command(command, limit_s, kind, **{"cwd": "/", **options, **self.identity})


def serving_user() -> User:
    """Return this process's user, or for root the one who called `sudo`, or else `nobody`. Raises `HarnessError`."""
    try:
        if os.geteuid() != 0:
            entry = pwd.getpwuid(os.geteuid())
        elif int(os.environ.get("SUDO_UID", "0")):
            entry = pwd.getpwuid(int(os.environ["SUDO_UID"]))
        else:
            entry = pwd.getpwnam("nobody")
    except (KeyError, ValueError) as error:
        raise HarnessError(
            f"there is no user to run stacks as: {error}. PostgreSQL cannot run as root or as a user without a name"
        ) from error
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)
