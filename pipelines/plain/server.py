"""Runs a plain Python pipeline on request, like an orchestrator that only calls functions.

POST /runs/WORKLOAD {"trial": …, "month": …} starts the pipeline in a thread of this process and answers {"id": …}. GET
/runs/ID answers {"state": "running" | "success" | "failed"}. GET /health answers 200.
"""

import importlib
import json
import os
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKLOADS = {"etl", "noop"}
pool = ThreadPoolExecutor()
runs: list[Future[None]] = []


def execute(workload: str, trial: str, month: str) -> None:
    """Run a pipeline, and write its failure to the log."""
    try:
        # Imported by the first run of each workload, so that `noop` loads nothing of the `etl`.
        importlib.import_module(workload).main(trial, month)
    except Exception:
        traceback.print_exc()
        raise


def state(run: Future[None]) -> str:
    """Return a run's state in one word."""
    if not run.done():
        return "running"
    return "failed" if run.exception() else "success"


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above, and 404 to any other."""

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
                runs.append(pool.submit(execute, workload, parameters["trial"], parameters["month"]))
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
        """Write no access log, because the harness polls often."""


if __name__ == "__main__":
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()
