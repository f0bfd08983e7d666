"""An engine with fixed answers: HTTP over a socket, like Docker's."""

import http.server
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

VERSION = {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.24"}


Answer = tuple[int, object] | Callable[[str], tuple[int, object]]
"""Status and content, or a function that returns them for a path."""


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        return json.loads(self.body)


@dataclass
class Engine:
    """Answers by method and a pattern of the path, and the requests so far."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def asked(self, pattern: str) -> list[Request]:
        return [each for each in self.requests if re.search(pattern, f"{each.method} {each.path}")]


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    engine: Engine


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while int(self.rfile.readline(), 16):
                self.rfile.readline()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = re.sub(r"^/v[\d.]+", "", self.path)
        self.server.engine.requests.append(Request(self.command, path, dict(self.headers), body))
        status, content = self._found(f"{self.command} {path}")
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _found(self, asked: str) -> tuple[int, object]:
        for pattern, answer in self.server.engine.answers.items():
            if re.search(pattern, asked):
                return answer(asked.partition(" ")[2]) if callable(answer) else answer
        if asked.endswith("/version"):
            return 200, VERSION
        if asked.endswith("/_ping"):
            return 200, b"OK"
        return 404, {"message": f"no such thing: {asked}"}

    do_GET = do_POST = do_DELETE = answer  # noqa: N815

    def address_string(self) -> str:
        return "somebody"

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """Let an engine answer at a socket in a folder."""
    path = folder / "docker.sock"
    with Server(str(path), Handler) as server:
        server.engine = Engine(f"unix://{path}")
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield server.engine
        server.shutdown()
