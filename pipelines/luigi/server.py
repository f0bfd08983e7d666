"""Starts Luigi's command line for each requested run, like cron, because Luigi has no trigger.

https://luigi.readthedocs.io/en/stable/execution_model.html#triggering-tasks

POST /runs/WORKLOAD {"trial": …, "month": …} starts `luigi` and answers {"id": …}, the name of the run's last task in
Luigi. GET /runs/ID answers {"state": "queued" | "running" | "success" | "failed"}, from the command's exit code. Any
other request goes to luigid: its UI and its API.
"""

import json
import os
import signal
import subprocess
import threading
from collections import defaultdict
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

RUNS = Path(os.environ["ORCHBENCH_STATE"], "runs")
"""A file per run, with its command and the exit code that decided it."""
START_AGAIN_EVERY_S = float(os.environ.get("START_AGAIN_EVERY_S", 0))
"""Seconds after which an undecided run is started again, like a line of cron. 0 is never."""
ALREADY_RUNNING, NOT_RUN = 10, 25
"""From `[retcode]` in luigi.cfg: another process runs it, or the scheduler let no worker run it."""
WORKLOADS = {"etl", "noop", "guarded"}
followers: defaultdict[str, list[threading.Thread]] = defaultdict(list)
"""For each run, the thread that waits for the end of its commands."""
stopping = threading.Event()


def file_of(run: str) -> Path:
    """Return the path of a run's file."""
    return RUNS / f"{quote(run, safe='')}.json"


def keep(run: str, command: list[str], exit_code: int | None) -> None:
    """Write a run's state, so that it outlives this process."""
    unfinished = RUNS / f"{threading.get_ident()}.tmp"
    unfinished.write_text(json.dumps({"run": run, "command": command, "exit_code": exit_code}))
    unfinished.replace(file_of(run))


def start(run: str, command: list[str]) -> None:
    """Start the command, and keep its exit code."""
    keep(run, command, None)
    process = subprocess.Popen(command)
    # Explicit, because threads of a server are daemons and would pass that on. This process outlives its commands.
    follower = threading.Thread(target=follow, args=(run, command, process), daemon=False)
    follower.start()
    followers[run].append(follower)


def goes_on(run: str) -> bool:
    """Whether a command of this run has not ended, or its end is not written yet."""
    return any(follower.is_alive() for follower in followers[run])


def follow(run: str, command: list[str], process: subprocess.Popen[bytes]) -> None:
    """Wait for a command's end, and keep its exit code if that decides the run."""
    exit_code = process.wait()
    killed_or_not_run = exit_code < 0 or exit_code == NOT_RUN
    if exit_code != ALREADY_RUNNING and not (START_AGAIN_EVERY_S and killed_or_not_run):
        keep(run, command, exit_code)


def start_again() -> None:
    """Start undecided runs after a crash, at once and then periodically. Luigi continues from the existing targets."""
    while not stopping.is_set():
        for file in RUNS.glob("*.json"):
            known = json.loads(file.read_text())
            if known["exit_code"] is None and not goes_on(known["run"]):
                start(known["run"], known["command"])
        stopping.wait(START_AGAIN_EVERY_S)


def state(run: str) -> str | None:
    """Return a run's state, or `None` for an unknown run."""
    if not file_of(run).exists():
        return None
    going_on = goes_on(run)
    exit_code = json.loads(file_of(run).read_text())["exit_code"]
    if exit_code is not None:
        return "failed" if exit_code else "success"
    if going_on:
        return "running"
    # Its process is gone and decided nothing, or it ended with the previous server.
    return "queued" if START_AGAIN_EVERY_S else "failed"


class Handler(BaseHTTPRequestHandler):
    """Answers the two requests above, and passes any other on."""

    def do_POST(self) -> None:
        """Start a run."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path.split("/"):
            case ["", "runs", workload] if workload in WORKLOADS:
                asked = json.loads(body)
                trial, month = asked["trial"], asked["month"]
                run = f"{workload}.Export(month={month}, trial={trial})"
                task = ["--module", workload, f"{workload}.Export", "--trial", trial, "--month", month]
                start(run, ["luigi", *task])
                self.answer(201, {"id": run})
            case _:
                self.pass_on(body)

    def do_GET(self) -> None:
        """Answer the state of a run."""
        match self.path.split("/"):
            case ["", "runs", run]:
                told = state(unquote(run))
                self.answer(200 if told else 404, {"state": told})
            case _:
                self.pass_on()

    def pass_on(self, body: bytes | None = None) -> None:
        """Pass the request on to luigid."""
        luigid = HTTPConnection("127.0.0.1", int(os.environ["LUIGID_PORT"]), timeout=60)
        try:
            luigid.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "")})
            answer = luigid.getresponse()
            content = answer.read()
        except OSError as error:
            self.answer(502, {"error": f"luigid: {error}"})
            return
        finally:
            luigid.close()
        self.send_response(answer.status)
        for name in ("Content-Type", "Location"):
            if value := answer.getheader(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer(self, status: int, body: dict[str, object]) -> None:
        """Send one JSON answer."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no access log, because the harness polls often."""


def main() -> None:
    """Serve until SIGUSR1, which the workers get as well, then wait for them to finish."""
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    server = ThreadingHTTPServer(address, Handler)
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=server.shutdown).start())
    if START_AGAIN_EVERY_S:
        threading.Thread(target=start_again, daemon=True).start()
    server.serve_forever()
    stopping.set()
    server.server_close()


if __name__ == "__main__":
    main()
