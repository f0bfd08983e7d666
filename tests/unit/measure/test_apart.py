"""Work in a process of its own that does not come back."""

import os
import signal

import pytest

from harness.errors import Failure
from harness.measure.apart import Killed, call_apart, ended_by


def test_what_is_killed_is_said_to_be() -> None:
    with pytest.raises(Killed, match=r"a process of orchbench was killed .* memory") as raised:
        call_apart(_die)
    assert isinstance(raised.value, Failure)


@pytest.mark.parametrize(("number", "words"), [(signal.SIGSEGV, "ended by SIGSEGV"), (99, "ended early")])
def test_other_ends_are_named(number: int, words: str) -> None:
    assert ended_by(number) == words


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
