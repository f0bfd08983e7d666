"""Serves runs over HTTP: what the orchestrators that exist only for tests have in common.

POST /runs/WORKLOAD {"trial": …, "month": …} answers {"id": …}; GET /runs/ID answers what the run tells of itself;
GET /health answers 200. Lies beside each one's `server.py` in its image.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol


class Run(Protocol):
    """One run of a pipeline."""

    def work(self, answered_s: float) -> None:
        """Run to the end; the trigger was answered at `answered_s` (monotonic)."""

    def told(self) -> dict[str, object]:
        """Return the state and the account of attempts, `None` for none."""


def serve(workload: str, new_run: Callable[[str, str], Run]) -> None:
    """Serve for ever; `new_run` makes a run of the workload out of trial and month."""
    runs: list[Run] = []

    class Handler(BaseHTTPRequestHandler):
        """Answers the three requests above and 404 to any other."""

        def do_GET(self) -> None:
            """Answer the health check, or tell of a run."""
            match self.path.split("/"):
                case ["", "health"]:
                    self.answer(200, {"status": "ok"})
                case ["", "runs", number] if number.isdigit() and int(number) < len(runs):
                    self.answer(200, runs[int(number)].told())
                case _:
                    self.answer(404, {"error": f"nothing at {self.path}"})

        def do_POST(self) -> None:
            """Start a run, once its answer is on its way."""
            if self.path != f"/runs/{workload}":
                self.answer(404, {"error": f"nothing at {self.path}"})
                return
            parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            run = new_run(parameters["trial"], parameters["month"])
            runs.append(run)
            self.answer(201, {"id": len(runs) - 1})
            threading.Thread(target=run.work, args=(time.monotonic(),), daemon=True).start()

        def answer(self, status: int, body: dict[str, object]) -> None:
            """Send one JSON answer."""
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            """Stay silent: the harness asks often."""

    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()
