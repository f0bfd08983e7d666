"""Work in a process of its own: whether that died of the work, or was killed, are two things."""

import os
import signal
import time

import pytest

from harness.measure.apart import KilledApart, apart, call_apart, ended_by


def kill_oneself(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def test_it_returns_and_raises_what_the_work_does() -> None:
    assert call_apart(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        call_apart(divmod, 7, 0)


def test_a_process_that_was_killed_says_nothing_of_its_work() -> None:
    with pytest.raises(KilledApart, match="a helper process of the harness was killed"):
        call_apart(kill_oneself, signal.SIGKILL)


def test_one_that_died_of_its_work_does() -> None:
    with pytest.raises(Exception, match="abruptly") as died:
        call_apart(kill_oneself, signal.SIGSEGV)
    assert not isinstance(died.value, KilledApart)


def test_one_that_takes_too_long_is_ended() -> None:
    began_s = time.monotonic()
    with apart() as beside, pytest.raises(KilledApart, match=r"did not end in 0\.5 s"):
        beside.result(beside.begin(time.sleep, 60), 0.5)
    assert time.monotonic() - began_s < 30


@pytest.mark.parametrize(("number", "words"), [(signal.SIGSEGV, "ended by SIGSEGV"), (99, "ended early")])
def test_other_ends_are_named(number: int, words: str) -> None:
    assert ended_by(number) == words
