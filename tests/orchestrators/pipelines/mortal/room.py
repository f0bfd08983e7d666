"""Waits while a disk is full."""

import errno
import time
from collections.abc import Callable

_LOOK_S = 0.2


def wait_for_room(write: Callable[[], object]) -> None:
    """Write again and again while the disk is full. Other errors pass through."""
    while True:
        try:
            write()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            time.sleep(_LOOK_S)
        else:
            return
