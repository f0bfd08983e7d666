"""The signals that ask a process to end; whichever was ignored from the start stays ignored."""

import signal
from collections.abc import Callable, Iterable
from types import FrameType

OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""What reaches every process of a terminal: Ctrl-C, its end or that of an SSH session, and Ctrl-Backslash."""
ENDING = (*OF_A_TERMINAL, signal.SIGTERM)


def handle(
    handler: Callable[[int, FrameType | None], object] | signal.Handlers,
    numbers: Iterable[signal.Signals] = ENDING,
) -> None:
    """Have a handler for signals, but for those that are ignored: by `nohup`, or in the background of a shell."""
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
