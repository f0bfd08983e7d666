"""An SSH session that drops, and Ctrl-Backslash, in the middle of a round."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest
from checkouts import Checkout
from orchestrators.assembled import BASELINE

BENCH = ("bench", "--preset", "smoke", "--only", BASELINE.name, "--seed", "1", "--isolation", "process")


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
    process = checkout.start_in_a_terminal(*BENCH)
    family.append(psutil.Process(process.pid))
    checkout.wait_for_trials(1)
    family += family[0].children(recursive=True)
    assert len(family) > 4, "supervisors, supervisord, the server and PostgreSQL"
    # A kernel and a shell both tell of a terminal's end.
    for _ in range(2):
        os.killpg(process.pid, number)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "To resume: orchbench bench --resume" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert checkout.rounds() == []
    assert list(checkout.folder.glob(".run/*")) == []
