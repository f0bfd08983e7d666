"""Calls with a time limit: a call that blocks is abandoned, and the next one is not affected."""

import subprocess
import sys
import threading
import time

import pytest

from harness.in_time import OutOfTime, in_time


def test_it_returns_and_raises_like_the_call() -> None:
    assert in_time(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        in_time(5, lambda: 1 / 0)


def test_a_call_that_blocks_is_abandoned_and_the_next_one_is_made() -> None:
    over = threading.Event()
    began_s = time.monotonic()
    with pytest.raises(OutOfTime, match=r"it did not return in 0\.2 s"):
        in_time(0.2, over.wait)
    assert in_time(5, lambda: 7) == 7
    assert time.monotonic() - began_s < 5
    over.set()


def test_a_timeout_of_the_call_itself_passes() -> None:
    def give_up() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        in_time(5, give_up)


def test_an_abandoned_call_does_not_keep_a_process_from_its_end() -> None:
    script = (
        "import time\nfrom harness.in_time import OutOfTime, in_time\n"
        "try:\n    in_time(0.1, lambda: time.sleep(60))\nexcept OutOfTime:\n    print('left')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "left\n"
