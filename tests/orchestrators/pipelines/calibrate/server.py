"""Runs the `noop` steps in its own process after exactly known delays, so that what is measured can be compared.

POST /runs/noop {"trial": …} answers {"id": …}; GET /runs/ID answers {"state": "running" | "success"}; GET /health
answers 200.
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from delays import delays

from reference import noop

states: list[str] = []
"""The state of each run, by its id."""


def run(number: int, trial: str, answered_s: float) -> None:
    """Run the three steps of a trial whose trigger was answered at `answered_s` (monotonic), keeping its delays."""
    true = delays(trial)
    wait_until(answered_s + true.dispatch_s)
    noop.load(trial)
    wait_until(time.monotonic() + true.hop_s)
    noop.transform(trial)
    wait_until(time.monotonic() + true.hop_s)
    noop.export(trial)
    wait_until(time.monotonic() + true.finish_s)
    states[number] = "success"


def wait_until(moment_s: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    time.sleep(max(0.0, moment_s - time.monotonic()))


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above and 404 to any other."""

    def do_GET(self) -> None:
        """Answer the health check or the state of a run."""
        match self.path.split("/"):
            case ["", "health"]:
                self.answer(200, {"status": "ok"})
            case ["", "runs", number] if number.isdigit() and int(number) < len(states):
                self.answer(200, {"state": states[int(number)]})
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        """Start a run, once its answer is on its way."""
        if self.path != "/runs/noop":
            self.answer(404, {"error": f"nothing at {self.path}"})
            return
        parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = len(states)
        states.append("running")
        self.answer(201, {"id": number})
        threading.Thread(target=run, args=(number, parameters["trial"], time.monotonic()), daemon=True).start()

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


if __name__ == "__main__":
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()
