"""The terminal closes while stacks run in containers; `nohup`, and `| head`."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout
from orchestrators.assembled import BASELINE
from situations import containers

from harness.isolation.protocol import Isolation
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built
from harness.results.result import read_result

BENCH = ("bench", "--preset", "smoke", "--only", BASELINE.name, "--seed", "1", "--isolation")


@pytest.mark.integration
@pytest.mark.only_in("container")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_no_container_outlives_a_terminal(
    isolation: Isolation, build: Callable[[Manifest], Built], tmp_path: Path, number: signal.Signals
) -> None:
    build(BASELINE)
    checkout = copy_checkout(tmp_path)
    process = checkout.start_in_a_terminal(*BENCH, "container")
    checkout.wait_for_trials(1)
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert containers() == []
    assert list(checkout.folder.glob(".run/*")) == []

    code, output = checkout.run("bench", "--resume")
    assert code == 0, output
    (folder,) = checkout.results()
    assert read_result(folder).environment.ended_s
    assert containers() == []


def test_nohup_and_an_early_exit_of_the_reader_stop_no_benchmark(checkout: Checkout) -> None:
    process = checkout.start_in_a_terminal(*BENCH, "process", ignored=[signal.SIGHUP], unread=True)
    checkout.wait_for_trials(1)
    os.killpg(process.pid, signal.SIGHUP)
    assert process.stderr
    said = process.stderr.read()
    assert process.wait(120) == 0, said
    assert said == "note: standard output was closed, and the command continues without it\n"
    (folder,) = checkout.results()
    assert read_result(folder).environment.ended_s
    assert (folder / "index.html").exists()
