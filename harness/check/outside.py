"""A test network with a listener and a name server at both ends. A stack with a way out reaches them.

There is one such network on a machine at a time, so parallel checks take turns.
"""

import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

HOST, OUTSIDE, PORT = "198.18.7.1", "198.18.7.2", 8053
"""Addresses that are reserved for benchmarks (RFC 2544). No user's network has them."""
_TURN, _TURN_LIMIT_S = "/tmp/orchbench-outside.lock", 120  # noqa: S108  # one place for every checkout
_SERVE_LIMIT_S = 10
_IP_LIMIT_S = 30
_SPACE, _HERE, _THERE = "orchbench-outside", "orchbench-h", "orchbench-o"
_SERVE = f"""
import socketserver, sys, threading
address = (sys.argv[1], {PORT})
class Name(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(self.request[0][:2] + b"answer", self.client_address)
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"hello")
class Server(socketserver.TCPServer):
    allow_reuse_address = True
server = Server(address, Hello)
threading.Thread(target=socketserver.UDPServer(address, Name).serve_forever, daemon=True).start()
print("ready", flush=True)
server.serve_forever()
"""
REACH = f"""
import socket
from concurrent.futures import ThreadPoolExecutor
def tcp(address):
    with socket.create_connection((address, {PORT}), timeout=3) as stream:
        return stream.recv(5) == b"hello"
def udp(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.settimeout(3)
        packets.sendto(b"id", (address, {PORT}))
        return packets.recv(20) == b"idanswer"
def reaches(name, way, address):
    try:
        return [name] if way(address) else []
    except OSError:
        return []
ways = [
    ("outside-tcp", tcp, "{OUTSIDE}"), ("outside-udp", udp, "{OUTSIDE}"),
    ("host-tcp", tcp, "{HOST}"), ("host-udp", udp, "{HOST}"),
]
# In parallel, because an unreachable address takes 3 s.
with ThreadPoolExecutor(len(ways)) as at_once:
    print(*sum(at_once.map(lambda way: reaches(*way), ways), []) or ["nothing"])
"""
"""The script that a container runs to print what it reaches."""
EVERYTHING = "outside-tcp outside-udp host-tcp host-udp"


class NoOutside(Exception):
    """No test network can be created on this machine."""


@contextmanager
def outside() -> Iterator[None]:
    """Create the network and serve at both ends. Raises `NoOutside`."""
    if shutil.which("ip") is None:
        raise NoOutside("there is no `ip` command")
    with _turn():
        # A killed check leaves its network behind.
        _remove()
        try:
            _ip("netns", "add", _SPACE)
            _ip("link", "add", _HERE, "type", "veth", "peer", "name", _THERE, "netns", _SPACE)
            _ip("addr", "add", f"{HOST}/30", "dev", _HERE)
            _ip("link", "set", _HERE, "up")
            _ip("-n", _SPACE, "addr", "add", f"{OUTSIDE}/30", "dev", _THERE)
            _ip("-n", _SPACE, "link", "set", _THERE, "up")
            with _served(OUTSIDE, "ip", "netns", "exec", _SPACE), _served(HOST):
                yield
        finally:
            _remove()


@contextmanager
def _turn() -> Iterator[None]:
    """Take the turn. Raises `NoOutside`."""
    turn = FileLock(_TURN)
    try:
        turn.acquire(timeout=_TURN_LIMIT_S)
    except (Timeout, OSError) as error:
        raise NoOutside(f"another check uses the network: {error}") from error
    try:
        yield
    finally:
        turn.release()


def _remove() -> None:
    """Remove the network, if it exists."""
    for what in (("link", "del", _HERE), ("netns", "del", _SPACE)):
        with suppress(NoOutside):
            _ip(*what)


@contextmanager
def _served(address: str, *within: str) -> Iterator[None]:
    with subprocess.Popen(
        [*within, sys.executable, "-c", _SERVE, address], stdout=subprocess.PIPE, text=True
    ) as served:
        try:
            assert served.stdout is not None
            ready, _, _ = select.select([served.stdout], [], [], _SERVE_LIMIT_S)
            if not ready or served.stdout.readline() != "ready\n":
                raise NoOutside(f"no server started at {address} within {_SERVE_LIMIT_S} s")
            yield
        finally:
            served.kill()


def _ip(*arguments: str) -> None:
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=_IP_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NoOutside(f"`ip {' '.join(arguments)}` did not end in {_IP_LIMIT_S} s") from error
    if done.returncode:
        raise NoOutside(done.stderr.strip())
