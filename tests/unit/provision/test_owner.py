"""Distinguishing a living harness from a dead one, and from another process with its id."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.provision.owner import Owner, this_process


def test_this_process_is_alive_also_after_a_round_trip_through_text() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert Owner.parse(str(me)) == me
    assert me.alive()


def test_a_process_that_ended_is_dead() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from harness.provision.owner import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not Owner.parse(told.stdout.strip()).alive()


@pytest.mark.parametrize(
    ("other", "alive"),
    [
        ({"start": "1"}, False),  # its id was reused
        ({"boot": "another"}, False),
        ({"namespace": "1"}, True),  # it may be running, but cannot be seen
    ],
)
def test_an_id_without_a_start_says_nothing(other: dict[str, str], alive: bool) -> None:
    assert replace(this_process(), **other).alive() is alive


def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    me = this_process(tmp_path)
    monkeypatch.setattr(os, "kill", refuse)
    assert me.alive(tmp_path)


@pytest.mark.parametrize("text", ["", "tests", "1/2/three/4", "a/b/c/d/e"])
def test_an_invalid_owner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Owner.parse(text)
