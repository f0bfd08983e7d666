"""A listener and a name server on a network of their own, which whoever has a way out reaches."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

HOST, OUTSIDE, PORT = "10.213.7.1", "10.213.7.2", 8053
_SPACE, _HERE, _THERE = "orchbench-outside", "orchbench-h", "orchbench-o"
_SERVE = f"""
import socketserver, threading
class Name(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(self.request[0][:2] + b"answer", self.client_address)
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"hello")
threading.Thread(target=socketserver.UDPServer(("{OUTSIDE}", {PORT}), Name).serve_forever).start()
server = socketserver.TCPServer(("{OUTSIDE}", {PORT}), Hello)
print("ready", flush=True)
server.serve_forever()
"""
REACH = f"""
import socket
reached = []
try:
    with socket.create_connection(("{OUTSIDE}", {PORT}), timeout=3) as stream:
        reached += ["tcp"] if stream.recv(5) == b"hello" else []
except OSError:
    pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
    packets.settimeout(3)
    try:
        packets.sendto(b"id", ("{OUTSIDE}", {PORT}))
        reached += ["udp"] if packets.recv(20) == b"idanswer" else []
    except OSError:
        pass
print(*reached or ["nothing"])
"""
"""What a container runs to say what of the outside it reaches."""


class NoOutside(Exception):
    """This machine cannot make a network of its own for a test."""


@contextmanager
def outside() -> Iterator[None]:
    """Make the network and serve on it. Raises `NoOutside`."""
    if shutil.which("ip") is None:
        raise NoOutside("there is no `ip` command")
    try:
        _ip("netns", "add", _SPACE)
        _ip("link", "add", _HERE, "type", "veth", "peer", "name", _THERE, "netns", _SPACE)
        _ip("addr", "add", f"{HOST}/30", "dev", _HERE)
        _ip("link", "set", _HERE, "up")
        _ip("-n", _SPACE, "addr", "add", f"{OUTSIDE}/30", "dev", _THERE)
        _ip("-n", _SPACE, "link", "set", _THERE, "up")
        served = subprocess.Popen(
            ["ip", "netns", "exec", _SPACE, sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, text=True
        )
        try:
            assert served.stdout is not None
            if served.stdout.readline() != "ready\n":
                raise NoOutside("nothing could be served there")
            yield
        finally:
            served.kill()
            served.wait()
    finally:
        subprocess.run(["ip", "link", "del", _HERE], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", _SPACE], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoOutside(done.stderr.strip())
