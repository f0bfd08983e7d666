"""Calls with a time limit: one that blocks is left behind, and the next one is none the worse for it."""

import subprocess
import sys
import threading
import time

import pytest

from harness.in_time import Caller, OutOfTime, in_time


def test_it_returns_and_raises_what_the_call_does() -> None:
    caller = Caller()
    assert caller.call(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        caller.call(5, lambda: 1 / 0)
    caller.close()


def test_one_that_blocks_is_left_behind_and_the_next_one_is_made() -> None:
    caller, over = Caller(), threading.Event()
    began_s = time.monotonic()
    with pytest.raises(OutOfTime, match=r"it did not return in 0\.2 s"):
        caller.call(0.2, over.wait)
    assert caller.call(5, lambda: 7) == 7
    assert time.monotonic() - began_s < 5
    over.set()
    caller.close()


def test_a_limit_of_the_calls_own_is_its_answer() -> None:
    def give_up() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        in_time(5, give_up)


def test_calls_share_a_thread_that_ends_when_it_is_let_go() -> None:
    caller = Caller()
    threads = {caller.call(5, threading.current_thread) for _ in range(3)}
    assert len(threads) == 1
    caller.close()
    (thread,) = threads
    thread.join(5)
    assert not thread.is_alive()


def test_what_was_left_behind_keeps_no_process_from_its_end() -> None:
    script = (
        "import time\nfrom harness.in_time import OutOfTime, in_time\n"
        "try:\n    in_time(0.1, lambda: time.sleep(60))\nexcept OutOfTime:\n    print('left')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "left\n"
