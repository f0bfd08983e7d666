"""An orchestrator that survives crashes. Every profile except `defaults` fails in one known way, by $KIND.

`perfect` runs each run in a separate process and keeps finished steps in files. It continues after a crash of a process
or the whole server, waits while its disk is full, exports nothing twice, and answers a second trigger of a trial with
the first run. `lost` reports success when the process crashes. `doubling` does not check whether the data were
delivered already. `orphan` gives up on a run after 3 s, but leaves its process running; `alarm` kills it. `slot` fails
a run whose process crashes and then starts no other, also after a restart with an unfinished run. `deaf` accepts a
cancel request and continues. The metadata database of `ruined` never returns.
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
"""The time limit of a guarded run's process, which runs all steps."""
LIVES = 4
children: dict[int, subprocess.Popen[bytes]] = {}
slot_taken = threading.Event()
starting = threading.Lock()
only_slot = threading.Lock()


def read(number: int) -> dict[str, str]:
    """Return the stored fields of a run."""
    return dict(json.loads((STATE / f"{number}.json").read_text()))


def write(number: int, **known: str) -> None:
    """Store the fields of a run, completely or not at all."""
    unfinished = STATE / f"{number}.tmp"
    wait_for_room(lambda: unfinished.write_text(json.dumps(known)))
    unfinished.replace(STATE / f"{number}.json")


def tell(number: int, state: str) -> None:
    """Store another state of a run, unless it has ended."""
    known = read(number)
    if known["state"] == "running":
        write(number, **{**known, "state": state})


def keep(number: int) -> None:
    """Bring a run to its end, with a limited number of processes. Guarded runs take turns."""
    if read(number)["workload"] != "guarded":
        live(number, LIMIT_S)
        return
    with only_slot:
        live(number, GUARDED_S)


def live(number: int, limit_s: float) -> None:
    """Start a run's processes one after another."""
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
    """Run a run in the background."""
    threading.Thread(target=keep, args=(number,), daemon=True).start()


def known_runs() -> list[int]:
    """Return every run, the oldest first."""
    return sorted(int(path.stem) for path in STATE.glob("*.json"))


class Handler(BaselineHandler):
    """Answers like the baseline, and also accepts cancel requests."""

    def do_GET(self) -> None:
        """Return a run, or answer like the baseline."""
        match self.path.split("/"):
            case ["", "runs", number] if number.isdigit() and int(number) in known_runs():
                self.answer(200, {"state": read(int(number))["state"]})
            case _:
                super().do_GET()

    def do_POST(self) -> None:
        """Start a run, or find the run of this trial."""
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
            # A killed server may have left a process that still holds the port.
            time.sleep(0.2)
