"""Work in a subprocess: its own failures are distinguished from a kill."""

import os
import signal
import time
from functools import partial

import pytest

from harness.errors import Failure
from harness.measure.subprocesses import SubprocessKilled, beside, ended_by, in_subprocess


def kill_oneself(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def test_it_returns_the_works_result_or_its_error() -> None:
    assert in_subprocess(divmod, 7, 2) == (3, 1)
    with pytest.raises(Failure, match=r"^ZeroDivisionError: "):
        in_subprocess(divmod, 7, 0)


def test_a_killed_process_says_nothing_about_its_work() -> None:
    with pytest.raises(SubprocessKilled, match="a helper process of the harness was killed"):
        in_subprocess(kill_oneself, signal.SIGKILL)


def test_a_process_that_died_of_its_work_does() -> None:
    with pytest.raises(Failure, match="ended by SIGSEGV") as died:
        in_subprocess(kill_oneself, signal.SIGSEGV)
    assert not isinstance(died.value, SubprocessKilled)


def test_a_process_that_takes_too_long_is_ended() -> None:
    began_s = time.monotonic()
    with pytest.raises(SubprocessKilled, match=r"did not end in 0\.5 s"), beside(partial(time.sleep, 60)) as result:
        result(0.5)
    assert time.monotonic() - began_s < 30


@pytest.mark.parametrize(("number", "words"), [(signal.SIGSEGV, "ended by SIGSEGV"), (99, "ended early")])
def test_other_ends_are_named(number: int, words: str) -> None:
    assert ended_by(number) == words
