"""What holds a stack of processes apart: read from its trees of processes, its folder, and this host's own places."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from harness.isolation import inside
from harness.isolation.confinement import Address, Part
from harness.isolation.process.tree import tree
from harness.isolation.protocol import StackError

if TYPE_CHECKING:
    from harness.isolation.process.stack import ProcessStack

_LIMIT_S = 60
_SHARED = ("/tmp", "/var/tmp")  # noqa: S108
"""Shared folders of this host that every user can write."""


@dataclass(frozen=True)
class ProcessConfinement:
    """One stack as seen from this host."""

    stack: "ProcessStack"

    @property
    def listens_at(self) -> Address:
        """The address at which `serve` should listen."""
        environment = self.stack.program.environment
        return Address(environment["ORCHBENCH_HOST"], int(environment["ORCHBENCH_PORT"]))

    @property
    def owns_code(self) -> bool:
        """Whether the stack's user is this one, who made the copy of its code."""
        return not self.stack.supervision.user.identity

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command as the stack's user, with its variables, in its code folder. Raises `StackError`."""
        where, environment = self.stack.code / "pipeline", self.stack.program.environment
        done = self.stack.supervision.user.run(command, _LIMIT_S, StackError, cwd=where, env=environment)
        return done.returncode, done.stdout + done.stderr

    def parts(self) -> list[Part]:
        """Return the orchestrator's tree and those of its databases, which are the harness's own."""
        environment = self.stack.program.environment
        variables = {int(environment[name]): name for name in ("ORCHBENCH_PORT", *self.stack.ports)}
        reached = [Address(host, port, variables.get(port, "")) for host, port in self.stack.inside(inside.listening)]
        return [
            Part(
                f"the processes of its {name}",
                users=tuple(map(str, sorted(_users(pid)))),
                reached_at=tuple(reached) if name == "orchestrator" else (),
            )
            for name, pid in self.stack.supervisors.items()
        ]

    def strays(self) -> list[str]:
        """Return files that it writes outside its folder, and new files in places that only it can write."""
        found = self.stack.inside(inside.writing, [str(self.stack.program.folder), "/dev", "/proc"])
        # Parallel stacks share one user, so files in another stack's folder belong to that stack.
        places, others = (
            ((str(self.stack.code),), []) if self.owns_code else (_SHARED, [str(self.stack.program.folder.parent)])
        )
        for place in places:
            found += self.stack.inside(inside.fresh, self.stack.began_s, place, others)
        return sorted(set(found))

    def left(self) -> list[str]:
        """Return its folder, and processes that still have its variables or work in its folder, if any."""
        state = self.stack.program.environment["ORCHBENCH_STATE"]
        found = [str(self.stack.program.folder)] if self.stack.program.folder.exists() else []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if (
                    process.cwd().startswith(str(self.stack.program.folder))
                    or process.environ().get("ORCHBENCH_STATE") == state
                ):
                    found.append(f"the process {process.pid}")
        return found


def _users(pid: int) -> set[int]:
    """Return the users of a tree of processes."""
    users = set()
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            users.add(process.uids().real)
    return users
