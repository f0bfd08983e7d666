"""Starts Luigi's command line for each run that is asked for, as cron would: Luigi has no trigger of its own.

https://luigi.readthedocs.io/en/stable/execution_model.html#triggering-tasks

POST /runs/WORKLOAD {"trial": …, "month": …} starts `luigi` and answers {"id": …}, by which Luigi shows the run's last
task; GET /runs/ID answers {"state": "queued" | "running" | "success" | "failed"}, by the command's exit code. Anything
else goes to luigid: its UI and its API.
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
"""A file for each run, with its command and the exit code that decided it."""
START_AGAIN_EVERY_S = float(os.environ.get("START_AGAIN_EVERY_S", 0))
"""A run that nothing decided is started again so often, as by a line of cron; 0 is never."""
ALREADY_RUNNING, NOT_RUN = 10, 25
"""Of `[retcode]` in luigi.cfg: another process runs it, and the scheduler let nobody run it."""
WORKLOADS = {"etl", "noop", "guarded"}
followers: defaultdict[str, list[threading.Thread]] = defaultdict(list)
"""For each run who waits for the end of its commands."""
stopping = threading.Event()


def file_of(run: str) -> Path:
    """Return where a run is kept."""
    return RUNS / f"{quote(run, safe='')}.json"


def keep(run: str, command: list[str], exit_code: int | None) -> None:
    """Write down how a run stands, so that it outlives this process."""
    unfinished = RUNS / f"{threading.get_ident()}.tmp"
    unfinished.write_text(json.dumps({"run": run, "command": command, "exit_code": exit_code}))
    unfinished.replace(file_of(run))


def start(run: str, command: list[str]) -> None:
    """Start the command; what it ends with is kept."""
    keep(run, command, None)
    process = subprocess.Popen(command)
    # Said aloud, for threads of a server are daemons and theirs would be: this process outlives its commands.
    follower = threading.Thread(target=follow, args=(run, command, process), daemon=False)
    follower.start()
    followers[run].append(follower)


def goes_on(run: str) -> bool:
    """Whether a command of this run has not come to its end, or that is not kept yet."""
    return any(follower.is_alive() for follower in followers[run])


def follow(run: str, command: list[str], process: subprocess.Popen[bytes]) -> None:
    """Wait for a command's end, and keep its exit code if that decides the run."""
    exit_code = process.wait()
    killed_or_not_run = exit_code < 0 or exit_code == NOT_RUN
    if exit_code != ALREADY_RUNNING and not (START_AGAIN_EVERY_S and killed_or_not_run):
        keep(run, command, exit_code)


def start_again() -> None:
    """Start, at once and then from time to time, what a crash left undecided: Luigi goes on from the targets there."""
    while not stopping.is_set():
        for file in RUNS.glob("*.json"):
            known = json.loads(file.read_text())
            if known["exit_code"] is None and not goes_on(known["run"]):
                start(known["run"], known["command"])
        stopping.wait(START_AGAIN_EVERY_S)


def state(run: str) -> str | None:
    """Say how a run stands, in one word; nothing of a run that nobody asked for."""
    if not file_of(run).exists():
        return None
    going_on = goes_on(run)
    exit_code = json.loads(file_of(run).read_text())["exit_code"]
    if exit_code is not None:
        return "failed" if exit_code else "success"
    if going_on:
        return "running"
    # Its process is gone and decided nothing, or went with this server's predecessor.
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
        """Let luigid answer."""
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
        """Stay silent: the harness asks often."""


def main() -> None:
    """Serve until SIGUSR1, which the workers have got as well; then wait for what they finish."""
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
