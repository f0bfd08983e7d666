"""The signals that ask a process to end. A signal that was ignored from the start stays ignored."""

import signal
from collections.abc import Callable, Iterable
from types import FrameType

OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals to every process of a terminal: Ctrl-C, the end of the terminal or SSH session, and Ctrl-Backslash."""
ENDING = (*OF_A_TERMINAL, signal.SIGTERM)


def handle(
    handler: Callable[[int, FrameType | None], object] | signal.Handlers,
    numbers: Iterable[signal.Signals] = ENDING,
) -> None:
    """Install a handler for signals, except ignored ones (by `nohup`, or in a shell's background)."""
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
