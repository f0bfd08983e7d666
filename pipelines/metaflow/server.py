"""Runs Metaflow's flows on request with its Runner API, and reports their runs from its Client API.

POST   /runs/WORKLOAD {"trial": …, "month": …}  starts a run and answers {"id": FLOW/RUN}
GET    /runs/WORKLOAD?trial=…                   the ids of the runs that have this tag, oldest first
GET    /runs/FLOW/RUN                           {"state": "running" | "success" | "failed", "ended_s": …}
GET    /runs/FLOW/RUN/attempts                  every attempt of every step
DELETE /runs/FLOW/RUN                           interrupts the run
GET    /runs                                    the state of every run, for a person
GET    /health                                  answers 200
"""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from metaflow import Flow, Metaflow, Run, Runner, Task
from metaflow.client.core import Metadata
from metaflow.exception import MetaflowNotFound
from metaflow.runner.metaflow_runner import ExecutingRun

FLOWS = {"etl": "EtlFlow", "noop": "NoopFlow", "guarded": "GuardedFlow"}
# Metaflow records that a run succeeded, but not that it failed. A tag on the run does.
FAILED = "failed"

loop = asyncio.new_event_loop()
# The runs whose processes are alive, and the tasks that wait for them: asyncio may collect a task without a reference.
running: dict[str, ExecutingRun] = {}
followers: set[asyncio.Task[None]] = set()
# The runs whose processes this server saw fail. If the disk is full, no tag is written.
seen_failing: set[str] = set()


async def start(workload: str, parameters: dict[str, str]) -> str:
    """Start the process of a run. Return once it has registered the run."""
    started = await Runner(f"{workload}.py").async_run(tags=[parameters["trial"]], **parameters)
    running[started.run.pathspec] = started
    follower = asyncio.create_task(follow(started))
    followers.add(follower)
    follower.add_done_callback(followers.discard)
    return started.run.pathspec


async def follow(started: ExecutingRun) -> None:
    """Wait for a run's process. Write its output to the log, and a tag to a run that failed."""
    with started:
        await started.wait()
        print(started.stdout, started.stderr, flush=True)
    del running[started.run.pathspec]
    if started.status == "failed":
        seen_failing.add(started.run.pathspec)
        started.run.add_tag(FAILED)


async def interrupt(run: str) -> None:
    """Send the signal that Ctrl-C sends on the command line. Metaflow gives the run's tasks 5 s, then kills them."""
    running[run].command_obj.process.send_signal(signal.SIGINT)


def runs(flow: str, trial: str) -> list[str]:
    """Return the runs with a trial's tag. Metaflow does not know a flow before its first run."""
    try:
        return [run.pathspec for run in reversed(list(Flow(flow).runs(trial)))]
    except MetaflowNotFound:
        return []


def state(run: Run) -> dict[str, object]:
    """Return a run's state and its end."""
    if run.successful:
        return {"state": "success", "ended_s": run.finished_at.timestamp()}
    failed = FAILED in run.user_tags or run.pathspec in seen_failing
    return {"state": "failed" if failed else "running", "ended_s": None}


def every_run() -> dict[str, dict[str, object]]:
    """Return the state of each run of each flow, the newest of a flow first."""
    return {run.pathspec: state(run) for flow in Metaflow() for run in flow}


def attempts(run: Run) -> list[dict[str, object]]:
    """Return every attempt of the one task of each step."""
    return [attempt(step.id, begun) for step in run for begun in step.task.metadata if begun.type == "attempt"]


def attempt(step: str, begun: Metadata) -> dict[str, object]:
    """Return an attempt from its metadata: counted from 0, stamped in milliseconds, without an end if it was killed."""
    of_this = Task(begun.task.pathspec, attempt=int(begun.value)).metadata
    ended = next((each for each in of_this if each.name == "attempt_ok"), None)
    return {
        "step": step,
        "number": int(begun.value) + 1,
        "succeeded": ended is not None and ended.value == "True",
        "started_s": begun.created_at / 1000,
        "ended_s": ended and ended.created_at / 1000,
    }


class Handler(BaseHTTPRequestHandler):
    """Answers the requests above, each in a thread. Metaflow's processes belong to the event loop."""

    def do_GET(self) -> None:
        """Answer queries about runs."""
        url = urlsplit(self.path)
        try:
            match url.path.split("/")[1:]:
                case ["health"]:
                    self.answer(200, {"status": "ok"})
                case ["runs"]:
                    self.answer(200, every_run())
                case ["runs", workload] if workload in FLOWS:
                    self.answer(200, runs(FLOWS[workload], parse_qs(url.query)["trial"][0]))
                case ["runs", flow, run]:
                    self.answer(200, state(Run(f"{flow}/{run}")))
                case ["runs", flow, run, "attempts"]:
                    self.answer(200, attempts(Run(f"{flow}/{run}")))
                case _:
                    self.nothing_here()
        except MetaflowNotFound:
            self.nothing_here()

    def do_POST(self) -> None:
        """Start a run."""
        match self.path.split("/")[1:]:
            case ["runs", workload] if workload in FLOWS:
                parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(201, {"id": in_loop(start(workload, parameters))})
            case _:
                self.nothing_here()

    def do_DELETE(self) -> None:
        """Interrupt a run whose process is alive."""
        run = self.path.removeprefix("/runs/")
        if run in running:
            in_loop(interrupt(run))
            self.answer(202, {})
        else:
            self.nothing_here()

    def nothing_here(self) -> None:
        """Answer that this name does not exist."""
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


def in_loop(coroutine: Coroutine) -> object:
    """Run a coroutine in the event loop, and return its result to this thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()


async def serve() -> None:
    """Serve forever in a thread next to the event loop, once every flow is loaded as its runs will load it."""
    for workload in FLOWS:
        Runner(f"{workload}.py")
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    await asyncio.to_thread(ThreadingHTTPServer(address, Handler).serve_forever)


if __name__ == "__main__":
    loop.run_until_complete(serve())
