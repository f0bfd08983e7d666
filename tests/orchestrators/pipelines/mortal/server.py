"""An orchestrator that outlives deaths; under every profile but `defaults` it fails to in one known way, by $KIND.

`perfect` runs each run in a process of its own, keeps what is done in files, goes on where a process or the whole
server died, waits while its disk is full, exports nothing twice, and takes a trial's second trigger for the first.
`lost` tells success when the process dies. `doubling` does not look whether the data went out already. `orphan` gives a
run up that takes longer than 3 s, and leaves its process to itself; `alarm` kills it. `slot` fails a run whose process
dies, and starts no other any more, as after a restart with a run left over. `deaf` takes a request to cancel, and goes
on. `ruined` sees to it that its metadata database never comes back.
"""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from baseline_server import Handler as BaselineHandler
from room import wait_for_room

STATE = Path(os.environ["ORCHBENCH_STATE"]) / "runs"
KIND = os.environ["KIND"]
LIMIT_S = 3.0 if KIND in ("orphan", "alarm") else 3600.0
GUARDED_S = 6.0
"""How long a life of a guarded run takes at most: the whole run, since it has one process."""
LIVES = 4
children: dict[int, subprocess.Popen[bytes]] = {}
slot_taken = threading.Event()
starting = threading.Lock()
only_slot = threading.Lock()


def read(number: int) -> dict[str, str]:
    """Return what is known of a run."""
    return dict(json.loads((STATE / f"{number}.json").read_text()))


def write(number: int, **known: str) -> None:
    """Keep what is known of a run, whole or not at all."""
    unfinished = STATE / f"{number}.tmp"
    wait_for_room(lambda: unfinished.write_text(json.dumps(known)))
    unfinished.replace(STATE / f"{number}.json")


def tell(number: int, state: str) -> None:
    """Tell another state of a run, unless it has come to its end."""
    known = read(number)
    if known["state"] == "running":
        write(number, **{**known, "state": state})


def keep(number: int) -> None:
    """Bring a run to its end, in as many lives as it is given; guarded runs one by one."""
    if read(number)["workload"] != "guarded":
        live(number, LIMIT_S)
        return
    with only_slot:
        live(number, GUARDED_S)


def live(number: int, limit_s: float) -> None:
    """Give a run its lives."""
    if slot_taken.is_set():
        return
    for _ in range(LIVES):
        child = children[number] = subprocess.Popen([sys.executable, "runner.py", str(number), str(STATE)])
        try:
            code = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            if limit_s == GUARDED_S:
                child.kill()
                child.wait()
                continue
            tell(number, "failed")
            if KIND == "alarm":
                child.kill()
            return
        if read(number)["state"] != "running":
            return
        if code == 0 or KIND == "lost":
            tell(number, "success")
            return
        if KIND == "slot":
            slot_taken.set()
            break
        if code > 0:
            break
    tell(number, "failed")


def begin(number: int) -> None:
    """Keep a run, beside whatever else is done."""
    threading.Thread(target=keep, args=(number,), daemon=True).start()


def known_runs() -> list[int]:
    """Return every run, the first one first."""
    return sorted(int(path.stem) for path in STATE.glob("*.json"))


class Handler(BaselineHandler):
    """Answers as the baseline does, and takes requests to cancel besides."""

    def do_GET(self) -> None:
        """Tell of a run, or answer as the baseline does."""
        match self.path.split("/"):
            case ["", "runs", number] if number.isdigit() and int(number) in known_runs():
                self.answer(200, {"state": read(int(number))["state"]})
            case _:
                super().do_GET()

    def do_POST(self) -> None:
        """Start a run, or find the one that this trial has."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with starting:
            for number in known_runs():
                if read(number)["trial"] == asked["trial"] and KIND == "perfect":
                    self.answer(200, {"id": number})
                    return
            number = len(known_runs())
            write(number, workload=self.path.rpartition("/")[2], state="running", **asked)
        self.answer(201, {"id": number})
        begin(number)

    def do_DELETE(self) -> None:
        """Cancel a run."""
        number = int(self.path.rpartition("/")[2])
        if KIND != "deaf":
            tell(number, "failed")
            children[number].kill()
        self.answer(200, {})


if __name__ == "__main__":
    STATE.mkdir(parents=True, exist_ok=True)
    for left in known_runs():
        if read(left)["state"] == "running" and KIND == "slot":
            slot_taken.set()
        if read(left)["state"] == "running":
            begin(left)
    address = (os.environ["ORCHBENCH_HOST"], int(os.environ["ORCHBENCH_PORT"]))
    while True:
        try:
            ThreadingHTTPServer(address, Handler).serve_forever()
        except OSError:
            # A server that was killed may have left a process that still holds the port.
            time.sleep(0.2)
