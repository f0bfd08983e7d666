"""The smallest server: starts a pipeline in a thread of this process, and tells how each run stands.

POST /runs/WORKLOAD {"trial": …, "month": …} answers 201 and the run; GET /runs/ID answers the run, and GET /runs all of
them: {"id": …, "workload": …, "trial": …, "state": "running" | "success" | "failed"}.

NEXT: a tool with an API of its own needs none of this. Of a library, start its run and ask for its state here, or take
the small server that its documentation shows.
"""

import importlib
import json
import os
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKLOADS = ("etl", "noop")


@dataclass
class Run:
    """One run of a pipeline."""

    workload: str
    trial: str
    future: Future[None]


pool = ThreadPoolExecutor()
runs: list[Run] = []


def execute(workload: str, trial: str, month: str) -> None:
    """Run a pipeline; what it fails of stands in the log."""
    try:
        # Imported by the first run of each, so that `noop` alone loads nothing of the `etl`.
        importlib.import_module(workload).main(trial, month)
    except Exception:
        traceback.print_exc()
        raise


def start(workload: str, trial: str, month: str) -> dict[str, object]:
    """Start a run and return what is told of it."""
    runs.append(Run(workload, trial, pool.submit(execute, workload, trial, month)))
    return told(len(runs) - 1)


def told(run_id: int) -> dict[str, object]:
    """Return what is told of a run."""
    run = runs[run_id]
    state = "running" if not run.future.done() else "failed" if run.future.exception() else "success"
    return {"id": run_id, "workload": run.workload, "trial": run.trial, "state": state}


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above, and 404 to any other."""

    def do_GET(self) -> None:
        """Answer one run, or all of them."""
        match self.path.split("/"):
            case ["", "runs"]:
                self.answer(200, [told(run_id) for run_id in range(len(runs))])
            case ["", "runs", run_id] if run_id.isdigit() and int(run_id) < len(runs):
                self.answer(200, told(int(run_id)))
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        """Start a run."""
        match self.path.split("/"):
            case ["", "runs", workload] if workload in WORKLOADS:
                parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(201, start(workload, parameters["trial"], parameters["month"]))
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def answer(self, status: int, body: object) -> None:
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
