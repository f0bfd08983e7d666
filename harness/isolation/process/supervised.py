"""A program under its supervisor: it is noted before it is used, and ended with all of its descendants."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import untrusted
from harness.isolation.process import supervisor
from harness.isolation.protocol import StackError
from harness.provision.commands import END_BYTES, last_lines
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.user import User
from harness.provision.run_folders import Notes

_END_LIMIT_S = 20


@dataclass(frozen=True)
class Program:
    """A program to supervise, with its environment and the control groups to join. It is killed after `grace_s`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    groups: Sequence[Path] = ()
    stop_signal: str = "SIGTERM"
    grace_s: float = 0.0

    def last_lines(self) -> str:
        """Return the last lines of its output, or an empty string without any."""
        try:
            return last_lines(untrusted.read_end(self.log, END_BYTES))
        except FileNotFoundError:
            return ""
        except untrusted.OddFile as odd:
            return f"(no log: {odd})"


@dataclass(frozen=True)
class Supervision:
    """What all programs of a stack have in common: the user, the supervisors' Python, their CPUs, and the notes."""

    user: User
    interpreter: Interpreter
    cpus: tuple[int, ...]
    notes: Notes


@dataclass(frozen=True)
class Supervised:
    """One running program under its supervisor."""

    program: Program
    supervisor: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The supervisor's process id. The program's processes are its descendants."""
        return self.supervisor.pid

    def alive(self) -> bool:
        """Whether the program runs."""
        return self.supervisor.poll() is None

    def ask_to_end(self, grace_s: float) -> None:
        """SIGTERM the program itself, and wait at most `grace_s` seconds for its end."""
        with suppress(psutil.NoSuchProcess):
            for program in psutil.Process(self.pid).children():
                program.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.supervisor.wait(grace_s)

    def end(self) -> None:
        """End the program and every descendant. Raises `StackError` when the supervisor does not end in time."""
        self.supervisor.terminate()
        try:
            self.supervisor.wait(self.program.grace_s + _END_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            words = f"{self.program.name} did not end in {_END_LIMIT_S} s"
            raise StackError(words, log=self.program.last_lines()) from error


def supervise(program: Program, supervision: Supervision) -> Supervised:
    """Start a program in its home. Raises `StackError` if that fails, and `OddFile` for an invalid log file."""
    user = supervision.user
    script = lay_script(supervisor.__file__, program.folder)
    arguments = [str(os.getpid()), ",".join(map(str, supervision.cpus)), program.stop_signal, str(program.grace_s)]
    with untrusted.open_to_append(program.log) as output:
        # Opened by the harness but owned by the user: supervisord opens its own standard output once more.
        user.owns(output.fileno())
        try:
            process = subprocess.Popen(
                [supervision.interpreter.path, "-I", script, *arguments, *program.command],
                cwd=program.environment["HOME"],
                env=dict(program.environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                **user.identity,  # type: ignore[call-overload]
            )
        except OSError as error:
            raise StackError(f"cannot start {program.name}: {error}") from error
    supervision.notes.add(process.pid)
    for group in program.groups:
        (group / "cgroup.procs").write_text(str(process.pid))
    assert process.stdin is not None, "it was asked for"
    with process.stdin as stdin:
        stdin.write(b"go\n")
    return Supervised(program, process)


def lay_script(source: str, folder: Path) -> Path:
    """Copy one of the harness's scripts into a round's folder, where the serving user can read it."""
    script = folder / Path(source).name
    untrusted.write(script, Path(source).read_bytes(), 0o644)
    return script
