"""A copy of this checkout's files for tests that run the whole command line, and edit or pollute what they find."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
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
    f"{_UNIT}/isolation/test_line_ends.py",
    f"{_UNIT}/isolation/test_shards.py",
    f"{_UNIT}/isolation/test_variables.py",
    f"{_UNIT}/labs/test_start_or_resume.py",
    f"{_UNIT}/orchestrators",
    f"{_UNIT}/report/test_notes.py",
)
"""The unit tests that look at every folder of an orchestrator, or at which there are."""


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
        """Start `orchbench` in a process group of its own, with signals as a terminal has them, but for some.

        `unread` closes its output at once, as a reader does that has read enough. Its errors come apart.
        """

        def hear() -> None:
            # Tests may run where some of them are ignored.
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
        """Run `orchbench` in the copy to its end; return its exit code and all that it printed."""
        process = self.start(*arguments, **environment)
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
            raise AssertionError(f"`orchbench {' '.join(arguments)}` did not end in {limit_s} s:\n{output}") from None
        return process.returncode, output

    def demand_green(self, name: str) -> None:
        """Run what `make lint` and `make test` ask of an orchestrator's folder, and of which folders there are."""
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
        """Have every committed result beside its own, for notes may lead to them."""
        for result in (REPOSITORY / "results").iterdir():
            if not (self.folder / "results" / result.name).exists():
                (self.folder / "results" / result.name).symlink_to(result)

    def rounds_folder(self) -> Path:
        """Ask the copy where it keeps the running rounds of stacks of processes."""
        ask = "from harness.isolation.process.isolation import Processes; print(Processes().paths.rounds)"
        told = subprocess.run([sys.executable, "-c", ask], cwd=self.folder, capture_output=True, text=True, check=True)
        return Path(told.stdout.strip())

    def rounds(self) -> list[str]:
        """Return which rounds of stacks of processes are left of harnesses that have ended."""
        return [folder.name for folder in abandoned(self.rounds_folder())]

    def results(self) -> list[Path]:
        """Return the folders of its benchmarks."""
        return [path.parent for path in self.folder.glob("results/*/environment.json")]

    def trials(self) -> int:
        """Count the trials on the disk."""
        lines = [line for path in self.folder.glob("results/*/records.jsonl") for line in path.open()]
        return sum('"kind":"trial"' in line for line in lines)

    def wait_for_trials(self, count: int, limit_s: float = 120) -> None:
        """Wait until that many trials are on the disk."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if self.trials() >= count:
                return
            time.sleep(0.2)
        raise AssertionError(f"no {count} trials in {limit_s} s")


def copy_checkout(target: Path) -> Checkout:
    """Copy every file that git knows or would add, without the results; share the cache of downloads.

    What Python has compiled comes along: to compile it anew takes longer than most commands.
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
