"""Machines that lack something, with stacks as processes: each case is one clear error, or a reduced benchmark."""

import os
from pathlib import Path

import pytest
from checkouts import BENCH, Checkout
from situations import mounted

from harness.isolation.process.isolation import Processes
from harness.provision.process.software import POSTGRES_VARIABLE
from harness.results.result import read_result

pytestmark = pytest.mark.instrument


def test_a_full_disk_fails_the_round_and_leaves_nothing(checkout: Checkout) -> None:
    small = checkout.rounds_folder()
    with mounted("-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(small)):
        code, output = checkout.run(*BENCH)
        assert list(small.iterdir()) == []
    assert code == 1, output
    assert "No space left on device" in output
    assert "Traceback" not in output
    (folder,) = checkout.results()
    assert "No space left" in next(each.failure for each in read_result(folder).records if each.kind == "round")


def test_a_read_only_checkout_is_one_clear_error(checkout: Checkout) -> None:
    place = str(checkout.folder)
    with mounted("--bind", "-o", "ro", place, place):
        code, output = checkout.run(*BENCH)
    assert code == 2
    assert "is not writable, but results and caches are stored in it" in output.replace("\n", " ")


def test_a_postgresql_that_does_not_start_fails_the_round_with_its_log(checkout: Checkout, open_folder: Path) -> None:
    binaries = open_folder / "postgresql"
    binaries.mkdir(mode=0o755)
    real = Processes().postgres()
    for name, script in {"initdb": f'exec {real}/initdb "$@"', "postgres": "echo out of order >&2; exit 1"}.items():
        (binaries / name).write_text(f"#!/bin/sh\n{script}\n")
        (binaries / name).chmod(0o755)
    code, output = checkout.run(*BENCH, limit_s=60, **{POSTGRES_VARIABLE: str(binaries)})
    assert code == 1, output
    assert "PostgreSQL (warehouse) did not start" in output
    assert "out of order" in output
    assert checkout.rounds() == []


def test_one_cpu_and_no_home_are_enough(checkout: Checkout) -> None:
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    try:
        code, output = checkout.run(*BENCH, HOME="/nonexistent")
    finally:
        os.sched_setaffinity(0, mine)
    assert code == 0, output
    assert "1 CPU instead of 2 per stack: each stack gets 1" in output.replace("\n", " ")
    (folder,) = checkout.results()
    result = read_result(folder)
    assert result.environment.cpus == 1
    assert {each.outcome for each in result.records if each.kind == "trial"} == {"valid"}
