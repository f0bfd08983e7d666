"""An SSH session that drops, Ctrl-Backslash, `nohup` and `| head`, in the middle of a round."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from checkouts import Checkout
from orchestrators.assembled import BASELINE

from harness.results.result import read_result

BENCH = ("bench", "--preset", "quick", "--only", BASELINE.name, "--seed", "1", "--isolation", "process")


def start(checkout: Checkout, hup: signal.Handlers, *, unread: bool = False) -> "subprocess.Popen[str]":
    """Start a benchmark in a process group of its own, that of a terminal; `unread` closes its output at once."""

    def hear() -> None:
        # Tests may run where some of them are ignored.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, hup)

    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *BENCH],
        cwd=checkout.folder,
        env={**os.environ, "PYTHONPATH": str(checkout.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear,
    )
    if unread:
        assert process.stdout
        process.stdout.close()
    return process


@pytest.fixture
def family() -> Iterator[list[psutil.Process]]:
    """Processes that a test is to see gone; whatever the test finds, none of them stays."""
    found: list[psutil.Process] = []
    yield found
    for process in found:
        if process.is_running():
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_nothing_lives_on_after_a_terminal(
    checkout: Checkout, family: list[psutil.Process], number: signal.Signals
) -> None:
    process = start(checkout, signal.SIG_DFL)
    family.append(psutil.Process(process.pid))
    checkout.wait_for_trials(1)
    family += family[0].children(recursive=True)
    assert len(family) > 4, "keepers, supervisord, the server and PostgreSQL"
    # A kernel and a shell both tell of a terminal's end.
    for _ in range(2):
        os.killpg(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "go on with: orchbench bench --resume" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert checkout.rounds() == []
    assert list(checkout.folder.glob(".run/*")) == []


def test_nohup_and_a_reader_that_has_read_enough_cost_no_benchmark(
    checkout: Checkout, family: list[psutil.Process]
) -> None:
    process = start(checkout, signal.SIG_IGN, unread=True)
    family.append(psutil.Process(process.pid))
    checkout.wait_for_trials(1)
    os.killpg(process.pid, signal.SIGHUP)
    assert process.stderr
    said = process.stderr.read()
    assert process.wait(60) == 0, said
    assert said == "note: nobody reads standard output any more; the command goes on without it\n"
    (folder,) = checkout.results()
    result = read_result(folder)
    assert result.environment.ended_s
    assert (folder / "index.html").exists()
    assert not Path(checkout.folder, "core").exists()
