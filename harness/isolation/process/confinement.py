"""What holds a stack of processes apart: read from its trees of processes, its folder, and this host's own places."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from harness.isolation import inside
from harness.isolation.confinement import Address, Part
from harness.isolation.process.tree import tree
from harness.isolation.protocol import StackError
from harness.provision.process.user import User

_LIMIT_S = 60
_SHARED = ("/tmp", "/var/tmp")  # noqa: S108
"""Shared folders of this host that every user can write."""


@dataclass(frozen=True)
class ProcessConfinement:
    """One stack as seen from this host. `ports` are the manifest's ports, by the variables that name them."""

    folder: Path
    environment: Mapping[str, str]
    ports: Sequence[str]
    code: Path
    user: User
    supervisors: Callable[[], Mapping[str, int]]
    inside: Callable[..., Any]
    began_s: float = field(default_factory=time.time)

    @property
    def listens_at(self) -> Address:
        """The address at which `serve` should listen."""
        return Address(self.environment["ORCHBENCH_HOST"], int(self.environment["ORCHBENCH_PORT"]))

    @property
    def owns_code(self) -> bool:
        """Whether the stack's user is this one, who made the copy of its code."""
        return not self.user.identity

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command as the stack's user, with its variables, in its code folder. Raises `StackError`."""
        done = self.user.run(command, _LIMIT_S, StackError, cwd=self.code / "pipeline", env=self.environment)
        return done.returncode, done.stdout + done.stderr

    def parts(self) -> list[Part]:
        """Return the orchestrator's tree and those of its databases, which are the harness's own."""
        variables = {int(self.environment[name]): name for name in ("ORCHBENCH_PORT", *self.ports)}
        reached = [Address(host, port, variables.get(port, "")) for host, port in self.inside(inside.listening)]
        return [
            Part(
                f"the processes of its {name}",
                users=tuple(map(str, sorted(_users(pid)))),
                reached_at=tuple(reached) if name == "orchestrator" else (),
            )
            for name, pid in self.supervisors().items()
        ]

    def strays(self) -> list[str]:
        """Return files that it writes outside its folder, and its files in shared folders.

        Files in shared folders are only known if no one else uses its user.
        """
        found: list[str] = self.inside(inside.writing, [str(self.folder), "/dev", "/proc"])
        # Parallel stacks share one user, so files in another stack's folder belong to that stack.
        places, others = ((str(self.code),), []) if self.owns_code else (_SHARED, [str(self.folder.parent)])
        for place in places:
            found += self.inside(inside.fresh, self.began_s, place, others)
        return sorted(set(found))

    def left(self) -> list[str]:
        """Return its folder, and processes that still have its variables or work in its folder, if any."""
        state = self.environment["ORCHBENCH_STATE"]
        found = [str(self.folder)] if self.folder.exists() else []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.cwd().startswith(str(self.folder)) or process.environ().get("ORCHBENCH_STATE") == state:
                    found.append(f"the process {process.pid}")
        return found


def _users(pid: int) -> set[int]:
    """Return the users of a tree of processes."""
    users = set()
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            users.add(process.uids().real)
    return users
