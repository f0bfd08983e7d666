"""The end of a terminal, with stacks in containers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import copy_checkout
from orchestrators.assembled import BASELINE

from harness.isolation.docker.engine import LABEL, belongs_to_another, client
from harness.isolation.owner import this_process
from harness.isolation.protocol import Built, Isolation
from harness.orchestrators.manifest import Manifest
from harness.results.result import read_result

BENCH = ("bench", "--preset", "quick", "--only", BASELINE.name, "--seed", "1", "--isolation", "container")


def containers() -> list[str]:
    """Return what is left of harnesses that have ended: another lane's stacks are not left over."""
    every = client().containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return [str(each.name) for each in every if not belongs_to_another(each.labels, this_process())]


@pytest.mark.integration
@pytest.mark.only_in("container")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_no_container_lives_on_after_a_terminal(
    isolation: Isolation, build: Callable[[Manifest], Built], tmp_path: Path, number: signal.Signals
) -> None:
    build(BASELINE)
    checkout = copy_checkout(tmp_path)
    checkout.shorten()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *BENCH],
        cwd=checkout.folder,
        env={**os.environ, "PYTHONPATH": str(checkout.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Tests may run where it is ignored.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    checkout.wait_for_trials(1)
    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert containers() == []
    assert list(checkout.folder.glob(".run/*")) == []

    code, output = checkout.run("bench", "--resume")
    assert code == 0, output
    (folder,) = checkout.results()
    assert read_result(folder).environment.ended_s
    assert containers() == []
