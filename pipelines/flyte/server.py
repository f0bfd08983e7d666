"""Runs a Flyte pipeline on request in a separate process, because Flyte's own server is a cluster.

POST /runs/WORKLOAD {"trial": …, "month": …} starts a run and answers {"id": …}. GET /runs/ID answers {"exited": …,
"actions": …}: whether its process was seen to end, and Flyte's record of it. GET /runs answers the record of all runs.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

from flyte._persistence._run_store import RunStore

WORKLOADS = {"etl", "noop"}
RUNS = Path(os.environ["ORCHBENCH_STATE"]) / "runs"
"""One folder per accepted run, which is made before its process starts."""
processes: dict[str, subprocess.Popen[bytes]] = {}


def start(workload: str, trial: str, month: str) -> str:
    """Start a run, and return its name."""
    folder = RUNS / f"{workload}-{uuid4().hex}"
    folder.mkdir(parents=True)
    processes[folder.name] = subprocess.Popen([sys.executable, "run.py", workload, str(folder), trial, month])
    return folder.name


def tell(run: str) -> dict[str, object]:
    """Return a run. Its process is checked first, because Flyte writes a run's end before the process ends."""
    exited = run in processes and processes[run].poll() is not None
    return {"exited": exited, "actions": [asdict(action) for action in RunStore.list_actions_for_run_sync(run)]}


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above, and 404 to any other."""

    def do_GET(self) -> None:
        """Answer one run, or all of them."""
        match self.path.split("/"):
            case ["", "runs"]:
                self.answer(200, [asdict(run) for run in RunStore.list_runs_sync()])
            case ["", "runs", run] if run and (RUNS / run).is_dir():
                self.answer(200, tell(run))
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        """Start a run."""
        match self.path.split("/"):
            case ["", "runs", workload] if workload in WORKLOADS:
                parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(201, {"id": start(workload, parameters["trial"], parameters["month"])})
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
        """Write no access log, because the harness polls often."""


if __name__ == "__main__":
    RunStore.initialize_sync()
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()
