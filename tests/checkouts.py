"""A copy of this checkout for tests that run the whole command line, and edit or pollute its files."""

import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.paths import REPOSITORY
from harness.provision.run_folders import abandoned
from harness.signals import ENDING

_UNIT = "tests/unit"
ABOUT_FOLDERS = (
    f"{_UNIT}/check/test_folder.py",
    f"{_UNIT}/labs/latency/test_plan.py",
    f"{_UNIT}/labs/crash/test_plan.py",
    f"{_UNIT}/test_line_ends.py",
    f"{_UNIT}/provision/test_wheels.py",
    f"{_UNIT}/isolation/test_places.py",
    f"{_UNIT}/labs/test_start_or_resume.py",
    f"{_UNIT}/orchestrators",
    f"{_UNIT}/report/test_notes.py",
)
"""Unit tests that read every orchestrator's folder, or depend on the list of folders."""

BENCH = ("bench", "--preset", "smoke", "--only", "plain", "--seed", "1", "--isolation", "process")
"""A short benchmark of the baseline."""


@dataclass(frozen=True)
class Checkout:
    """A copied checkout, and its command line."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables for its command line. Drivers of test orchestrators import the baseline's."""
        return {**os.environ, "PYTHONPATH": f"{self.folder}:{self.folder / 'pipelines'}"}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `orchbench` in the copy."""
        return subprocess.Popen(
            [sys.executable, "-m", "harness.cli", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start_in_a_terminal(
        self, *arguments: str, ignored: Sequence[signal.Signals] = (), unread: bool = False
    ) -> subprocess.Popen[str]:
        """Start `orchbench` in a separate process group, with the signal handlers of a terminal.

        `ignored` signals are ignored. `unread` closes its output at once, like a reader that exits early. Its errors
        are separate.
        """

        def hear() -> None:
            # Some of them may be ignored in the process that runs the tests.
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

        process = subprocess.Popen(
            [sys.executable, "-m", "harness.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=hear,
        )
        if unread and process.stdout:
            process.stdout.close()
        return process

    def run(self, *arguments: str, limit_s: float = 400, **environment: str) -> tuple[int, str]:
        """Run `orchbench` in the copy to its end. Return its exit code and its output."""
        process = self.start(*arguments, **environment)
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
            raise AssertionError(f"`orchbench {' '.join(arguments)}` did not end in {limit_s} s:\n{output}") from None
        return process.returncode, output

    def demand_green(self, name: str) -> None:
        """Check a folder with the commands of `make lint` and `make test` that depend on folders of orchestrators."""
        self.lay_results()
        others = {path.name for path in (self.folder / "pipelines").iterdir()} - {name, "plain"}
        chosen = " and ".join(f"not {other}" for other in sorted(others))
        for command in (
            ("ruff", "check", "--no-cache"),
            ("ruff", "format", "--check", "--no-cache"),
            ("pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *ABOUT_FOLDERS),
        ):
            done = subprocess.run(
                [sys.executable, "-m", *command], cwd=self.folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr

    def lay_results(self) -> None:
        """Link every committed result next to its own, because notes may link to them."""
        for result in (REPOSITORY / "results").iterdir():
            if not (self.folder / "results" / result.name).exists():
                (self.folder / "results" / result.name).symlink_to(result)

    def rounds_folder(self) -> Path:
        """Return the folder of the copy's running rounds of processes."""
        ask = "from harness.isolation.process.isolation import Processes; print(Processes().paths.rounds)"
        told = subprocess.run([sys.executable, "-c", ask], cwd=self.folder, capture_output=True, text=True, check=True)
        return Path(told.stdout.strip())

    def rounds(self) -> list[str]:
        """Return the rounds that harnesses left behind, with stacks of processes."""
        return [folder.name for folder in abandoned(self.rounds_folder())]

    def results(self) -> list[Path]:
        """Return the folders of its benchmarks."""
        return [path.parent for path in self.folder.glob("results/*/environment.json")]

    def trials(self) -> int:
        """Count the trials on disk."""
        lines = [line for path in self.folder.glob("results/*/records.jsonl") for line in path.open()]
        return sum('"kind":"trial"' in line for line in lines)

    def wait_for_trials(self, count: int, limit_s: float = 120) -> None:
        """Wait until that many trials are on disk."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if self.trials() >= count:
                return
            time.sleep(0.2)
        raise AssertionError(f"no {count} trials in {limit_s} s")


_FORKS = """
import json, os, sys, tempfile
from importlib import import_module
from pkgutil import iter_modules

import harness.cli

for each in iter_modules(harness.cli.__path__, "harness.cli."):
    if each.name != "harness.cli.__main__":
        import_module(each.name)
for line in sys.stdin:
    arguments, environment = json.loads(line)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.environ.update(environment)
            sys.argv = ["orchbench", *arguments]
            harness.cli.app.main()
        _, status = os.waitpid(child, 0)
        output.seek(0)
        print(json.dumps([os.waitstatus_to_exitcode(status), output.read().decode()]), flush=True)
"""


@dataclass(frozen=True)
class WarmCheckout(Checkout):
    """A checkout whose commands are forks of one process with every module loaded, because loading takes longest."""

    process: subprocess.Popen[str]

    def run(self, *arguments: str, limit_s: float = 400, **environment: str) -> tuple[int, str]:
        """Run `orchbench` in a fork. Return its exit code and its output."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps([arguments, environment]), file=stdin, flush=True)
        ready, _, _ = select.select([stdout], [], [], limit_s)
        assert ready, f"`orchbench {' '.join(arguments)}` did not end in {limit_s} s"
        code, output = json.loads(stdout.readline())
        return code, output


@contextmanager
def warm(checkout: Checkout) -> Iterator[WarmCheckout]:
    """Load every module of a checkout once."""
    command = [sys.executable, "-c", _FORKS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=checkout.folder, env=checkout.environment, text=True, **pipes) as process:
        yield WarmCheckout(checkout.folder, process)


def copy_checkout(target: Path) -> Checkout:
    """Copy every file that git has or would add, except results. Share the download cache.

    Compiled Python files are copied too, because compiling takes longer than most commands.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file() and not (name.startswith("results/") and name != "results/README.md"):
            _copy(source, target / name)
            compiled = Path(importlib.util.cache_from_source(str(source)))
            if source.suffix == ".py" and compiled.is_file():
                _copy(compiled, (target / name).parent / "__pycache__" / compiled.name)
    (REPOSITORY / ".cache").mkdir(exist_ok=True)
    (target / ".cache").symlink_to(REPOSITORY / ".cache")
    return Checkout(target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
