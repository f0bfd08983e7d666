"""Ports of this host's loopback that nothing listens on."""

import socket
from contextlib import suppress

from harness.isolation.protocol import StackError


def free_port(wanted: int | None = None) -> int:
    """Return `wanted` if nothing listens on it on 127.0.0.1, else a port that the kernel says is free.

    Raises `StackError` when there is none.
    """
    for port in (wanted, 0):
        if port is None:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            free: int = probe.getsockname()[1]
            return free
    raise StackError("no free port on 127.0.0.1")
