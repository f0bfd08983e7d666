"""Starts a plain Python pipeline on request: what is left of an orchestrator when all it does is fork.

POST /runs/WORKLOAD {"trial": …, "month": …} starts `python WORKLOAD.py` and answers {"id": …};
GET /runs/ID answers {"state": "running" | "success" | "failed"}; GET /health answers 200.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKLOADS = ("etl", "noop")
runs: list[subprocess.Popen[bytes]] = []


def state(run: subprocess.Popen[bytes]) -> str:
    """Say how a pipeline's process stands, in one word."""
    code = run.poll()
    if code is None:
        return "running"
    return "success" if code == 0 else "failed"


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above and 404 to any other."""

    def do_GET(self) -> None:
        """Answer the health check or the state of a run."""
        match self.path.split("/"):
            case ["", "health"]:
                self.answer(200, {"status": "ok"})
            case ["", "runs", run] if run.isdigit() and int(run) < len(runs):
                self.answer(200, {"state": state(runs[int(run)])})
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        """Start a run."""
        match self.path.split("/"):
            case ["", "runs", workload] if workload in WORKLOADS:
                parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                command = [sys.executable, f"{workload}.py", parameters["trial"], parameters["month"]]
                runs.append(subprocess.Popen(command))
                self.answer(201, {"id": len(runs) - 1})
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

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
