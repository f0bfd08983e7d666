"""An SSH session drops, or Ctrl-Backslash is pressed, in the middle of a round."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest
from checkouts import BENCH, Checkout


@pytest.fixture
def family() -> Iterator[list[psutil.Process]]:
    """Processes that should end. The fixture kills the rest."""
    found: list[psutil.Process] = []
    yield found
    for process in found:
        if process.is_running():
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_no_process_outlives_a_terminal(
    checkout: Checkout, family: list[psutil.Process], number: signal.Signals
) -> None:
    process = checkout.start_in_a_terminal(*BENCH)
    family.append(psutil.Process(process.pid))
    checkout.wait_for_trials(1)
    family += family[0].children(recursive=True)
    assert len(family) > 4, "supervisors, supervisord, the server and PostgreSQL"
    # Both the kernel and the shell signal a terminal's end.
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
