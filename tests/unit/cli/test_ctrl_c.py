"""Ctrl-C and similar signals from a terminal to the harness and all its processes never cause a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.paths import REPOSITORY
from harness.signals import ENDING

LOADING = """
import importlib.abc, os, sys, time

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            os.write(1, b"loading\\n")
            time.sleep(30)

sys.meta_path.insert(0, Slow())
"""
STARTING = """
import os, sys, time

if "--multiprocessing-fork" in sys.orig_argv:
    os.write(1, b"starting\\n")
    # Nobody shall wait for a machine that is busy, but a signal must come first.
    for _ in range(20):
        time.sleep(0.05)
"""
COMMAND = """
import os, sys, time
from harness.cli import app, commands
from harness.measure.subprocesses import in_subprocess
{before}

@commands.app.command()
def boom():
    {statement}

if __name__ == "__main__":
    sys.argv = ["orchbench", "boom"]
    app.main()
"""
WORK = "print('working', flush=True); time.sleep(60)"


def interrupted(
    *arguments: str, at: str, number: signal.Signals = signal.SIGINT, **environment: str
) -> tuple[int, str]:
    """Start Python, signal its process group once it has printed a word, and return how it ended."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_hear,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{at}\n"
        os.killpg(process.pid, number)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    return process.returncode, output


def _hear() -> None:
    # Some of them may be ignored in the process that runs the tests.
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("module", ["harness.cli.app", "harness.errors", "typer", "harness.cli.commands"])
def test_while_modules_load(tmp_path: Path, module: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(LOADING.format(module=module))
    said = interrupted("-m", "harness.cli", "list", at="loading", PYTHONPATH=str(tmp_path))
    assert said == (-signal.SIGINT, "")


def test_while_a_subprocess_starts(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(STARTING)
    command = COMMAND.format(before="", statement="in_subprocess(os.getpid)")
    assert interrupted("-c", command, at="starting", PYTHONPATH=str(tmp_path)) == (130, "")


@pytest.mark.parametrize("number", ENDING)
def test_while_a_subprocess_works(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "work.py").write_text(f"import time\ndef work():\n    {WORK}\n")
    command = COMMAND.format(before="from work import work", statement="in_subprocess(work)")
    assert interrupted("-c", command, at="working", number=number, PYTHONPATH=str(tmp_path)) == (130, "")


def test_while_parallel_rounds_start(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(STARTING)
    before = (
        "from harness.labs.side_by_side import run_side_by_side\nfrom harness.labs.latency.round import LatencyRound"
    )
    statement = "list(run_side_by_side([LatencyRound(*[None] * 10)], print, 1))"
    assert interrupted(
        "-c", COMMAND.format(before=before, statement=statement), at="starting", PYTHONPATH=str(tmp_path)
    ) == (130, "")
