"""Starts Luigi's command line for each requested run, like cron, because Luigi has no trigger.

https://luigi.readthedocs.io/en/stable/execution_model.html#triggering-tasks

POST /runs/WORKLOAD {"trial": …, "month": …} starts `luigi` and answers {"id": …}, the name of the run's last task in
Luigi. GET /runs/ID answers {"state": "running" | "success" | "failed"}, from the command's exit code. Any other request
goes to luigid: its UI and its API.
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
"""A file per run, with the exit code that decided it. It is empty until then, and outlives this process."""
ALREADY_RUNNING = 10
"""From `[retcode]` in luigi.cfg: another command runs this task, and decides the run."""
WORKLOADS = {"etl", "noop", "guarded"}
followers: defaultdict[str, list[threading.Thread]] = defaultdict(list)
"""For each run, the threads that wait for the end of its commands."""


def file_of(run: str) -> Path:
    """Return the path of a run's file."""
    return RUNS / quote(run, safe="")


def keep(run: str, exit_code: str) -> None:
    """Write a run's exit code."""
    unfinished = RUNS / f"{threading.get_ident()}.tmp"
    unfinished.write_text(exit_code)
    unfinished.replace(file_of(run))


def start(run: str, command: list[str]) -> None:
    """Start the command, and keep its exit code."""
    keep(run, "")
    process = subprocess.Popen(command)
    # Explicit, because threads of a server are daemons and would pass that on. This process outlives its commands.
    follower = threading.Thread(target=follow, args=(run, process), daemon=False)
    follower.start()
    followers[run].append(follower)


def follow(run: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a command's end, and keep its exit code if that decides the run."""
    exit_code = process.wait()
    if exit_code != ALREADY_RUNNING:
        keep(run, str(exit_code))


def state(run: str) -> str | None:
    """Return a run's state, or `None` for an unknown run."""
    if not file_of(run).exists():
        return None
    # Asked before the file is read: a follower keeps the exit code before it ends.
    going_on = any(follower.is_alive() for follower in followers[run])
    exit_code = file_of(run).read_text()
    if going_on and not exit_code:
        return "running"
    # Without an exit code, its process ended with the previous server.
    return "success" if exit_code == "0" else "failed"


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
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
