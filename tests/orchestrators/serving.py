"""Serves runs over HTTP for the orchestrators that exist only for tests.

POST /runs/WORKLOAD {"trial": …, "month": …} answers {"id": …}. GET /runs/ID answers the run's report. GET /health
answers 200. It is next to each one's `server.py` in its image, and so is the baseline's server.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Protocol

from baseline_server import Handler as BaselineHandler


class Run(Protocol):
    """One run of a pipeline."""

    def work(self, answered_s: float) -> None:
        """Run to the end. The trigger was answered at `answered_s` (monotonic)."""

    def told(self) -> dict[str, object]:
        """Return the state and the attempt history, or `None` for no history."""


def serve(workload: str, new_run: Callable[[str, str], Run]) -> None:
    """Serve runs of one workload forever. `new_run` makes a run from trial and month."""
    runs: list[Run] = []

    class Handler(BaselineHandler):
        """Answers the three requests above, and 404 to any other."""

        def do_GET(self) -> None:
            """Return a run, or answer like the baseline."""
            match self.path.split("/"):
                case ["", "runs", number] if number.isdigit() and int(number) < len(runs):
                    self.answer(200, runs[int(number)].told())
                case _:
                    super().do_GET()

        def do_POST(self) -> None:
            """Start a run after its answer was sent."""
            if self.path != f"/runs/{workload}":
                self.answer(404, {"error": f"nothing at {self.path}"})
                return
            parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            run = new_run(parameters["trial"], parameters["month"])
            runs.append(run)
            self.answer(201, {"id": len(runs) - 1})
            threading.Thread(target=run.work, args=(time.monotonic(),), daemon=True).start()

    listen(Handler)


def listen(handler: type[BaselineHandler]) -> None:
    """Answer requests forever."""
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    ThreadingHTTPServer(address, handler).serve_forever()
