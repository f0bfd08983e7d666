"""Serves honest and dishonest runs; which one is wanted is the first word of a trial's id, as in `liar-01`.

POST /runs/etl {"trial": …, "month": …} answers {"id": …}; GET /runs/ID answers {"state": …, "attempts": […]};
GET /health answers 200.
"""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cheats import KINDS, Honest

runs: list[Honest] = []


class Handler(BaseHTTPRequestHandler):
    """Answers the three requests above and 404 to any other."""

    def do_GET(self) -> None:
        """Answer the health check, or tell of a run."""
        match self.path.split("/"):
            case ["", "health"]:
                self.answer(200, {"status": "ok"})
            case ["", "runs", number] if number.isdigit() and int(number) < len(runs):
                run = runs[int(number)]
                self.answer(200, {"state": run.state, "attempts": run.told()})
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        """Start a run."""
        if self.path != "/runs/etl":
            self.answer(404, {"error": f"nothing at {self.path}"})
            return
        parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        trial = parameters["trial"]
        run = KINDS[trial.partition("-")[0]](trial, parameters["month"])
        runs.append(run)
        threading.Thread(target=run.work, daemon=True).start()
        self.answer(201, {"id": len(runs) - 1})

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
