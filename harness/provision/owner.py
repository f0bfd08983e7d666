"""Identifies the harness that created something, to distinguish leftovers from things in use."""

import os
import pwd
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

PROC = Path("/proc")
_STATE_FIELD, _START_FIELD = 3, 22
"""Of `/proc/PID/stat`: the start is in clock ticks since the boot (proc(5))."""
_ENDED = ("Z", "X")  # its parent has not looked yet


@dataclass(frozen=True)
class Owner:
    """A process that is distinguishable from later processes with the same id.

    Its start counts from the boot, which no clock changes. `boot` and `namespace` are the scope of the id.
    """

    boot: str
    namespace: str
    pid: int
    start: str

    def __str__(self) -> str:
        return "/".join(map(str, astuple(self)))

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """Parse the output of `str(owner)`. Raises `ValueError` for anything else."""
        boot, namespace, pid, start = text.split("/")
        return cls(boot, namespace, int(pid), start)

    def alive(self, proc: Path = PROC) -> bool:
        """Whether this process runs. A process that is not visible from here counts as alive."""
        here = this_process(proc)
        if self.boot != here.boot:
            return False
        if self.namespace != here.namespace:
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it runs, as another user
        state, start = _stat(self.pid, proc)
        same = start == self.start or not (start and self.start)
        return same and state not in _ENDED


def this_process(proc: Path = PROC) -> Owner:
    """Return the owner that this process is."""
    return process_of(os.getpid(), proc)


def process_of(pid: int, proc: Path = PROC) -> Owner:
    """Return the owner that a process of this host and this namespace is."""
    boot = namespace = ""
    with suppress(OSError):
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        namespace = str((proc / "self/ns/pid").stat().st_ino)
    return Owner(boot, namespace, pid, _stat(pid, proc)[1])


def user_name(uid: int) -> str:
    """Return the name of a user, or its number without a name, as is common in containers."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _stat(pid: int, proc: Path) -> tuple[str, str]:
    """Return a process's state and start, or empty strings if unknown."""
    try:
        # The program's name comes first, in parentheses, and can be any bytes.
        fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[_START_FIELD - _STATE_FIELD]
