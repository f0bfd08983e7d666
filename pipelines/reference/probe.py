"""The probe: stamps every step attempt into an append-only event file, and injects faults into steps.

It is the only clock for user code. It knows steps and trials by name, and is independent of the steps' work and of any
orchestrator. Events go to `$ORCHBENCH_EVENTS` (JSON lines), and faults come from `$ORCHBENCH_FAULTS` (a JSON array).
Containers share the kernel's clocks, so stamps are comparable with the harness's on the same host.

A fault names `trial`, `step`, `kind` and the number of the step's first `attempts` that it affects. Some kinds also
have `seconds` and `at`, the point of the step: "started", or a point that the step reports. Every kind except `raise`
is stamped right before it happens, because the process may not survive it.
"""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STARTED = "started"
"""The point that every step passes first."""


class InjectedFault(RuntimeError):
    """Raised inside a step because the harness asked for it."""


@dataclass
class Report:
    """A step's report: the points that it reaches, and at its end the numbers of rows it read and wrote.

    Steps of `noop` report the modules of the `etl` that their process has imported instead.
    """

    reached: Callable[[str], None] = field(repr=False)
    rows_in: int | None = None
    rows_out: int | None = None
    imported: list[str] | None = None


@contextmanager
def observe(trial: str, step: str) -> Iterator[Report]:
    """Stamp the start and the end of one attempt of `step`, and inject its fault, if any.

    Raises `InjectedFault` for a fault of kind `raise`. Exceptions of the body are stamped and pass through.
    """
    # Taken first: the search for earlier attempts belongs to the step's time, not the orchestrator's.
    entered = _now()
    events = Path(os.environ["ORCHBENCH_EVENTS"])
    attempt = 1 + _started_before(events, trial, step)
    identity = {"trial": trial, "step": step, "attempt": attempt, "pid": os.getpid(), "host": socket.gethostname()}
    report = Report(reached=lambda point: _inject(events, identity, point))
    _append(events, {"event": "started", **identity}, entered)
    try:
        report.reached(STARTED)
        yield report
    except BaseException as error:
        _append(events, {"event": "ended", **identity, "outcome": "failure", "error": repr(error)[:500]}, _now())
        raise
    figures = {"rows_in": report.rows_in, "rows_out": report.rows_out, "imported": report.imported}
    _append(events, {"event": "ended", **identity, "outcome": "success", **figures}, _now())


def _started_before(events: Path, trial: str, step: str) -> int:
    if not events.exists():
        return 0
    # Another process is still writing a last line without its end. This trial's own lines are whole.
    whole_lines, _, _ = events.read_text().rpartition("\n")
    started = 0
    for line in whole_lines.splitlines():
        event = json.loads(line)
        started += event["event"] == "started" and event["trial"] == trial and event["step"] == step
    return started


def _inject(events: Path, identity: dict[str, Any], point: str) -> None:
    path = Path(os.environ["ORCHBENCH_FAULTS"])
    if not path.exists():
        return
    for fault in json.loads(path.read_text()):
        here = (fault["trial"], fault["step"], fault.get("at", STARTED)) == (identity["trial"], identity["step"], point)
        if not here or identity["attempt"] > fault["attempts"]:
            continue
        if fault["kind"] == "raise":
            raise InjectedFault(
                f"{fault['step']} was asked to fail its first {fault['attempts']} attempts; "
                f"this is {identity['attempt']}"
            )
        _append(events, {"event": "fault", **identity, "fault": fault["kind"], "at": point}, _now())
        _FAULTS[fault["kind"]](float(fault.get("seconds", 0)))


def _exit(_seconds: float) -> None:
    """Kill this process at once, as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)


def _hang(_seconds: float) -> None:
    while True:
        time.sleep(3600)


def _compute(seconds: float) -> None:
    """Keep a CPU busy like polars, without holding Python's lock."""
    # Imported here, so that no other step spends time on it.
    import hashlib

    block, end = bytes(1 << 20), time.monotonic() + seconds
    while time.monotonic() < end:
        hashlib.sha256(block).digest()


def _allocate(_seconds: float) -> None:
    """Allocate memory until the kernel kills something."""
    taken = []
    while True:
        taken.append(b"x" * (64 << 20))


_FAULTS = {"exit": _exit, "hang": _hang, "hold": time.sleep, "compute": _compute, "allocate": _allocate}


def _now() -> dict[str, int]:
    return {"monotonic_ns": time.monotonic_ns(), "time_ns": time.time_ns()}


def _append(events: Path, event: dict[str, Any], moment: dict[str, int]) -> None:
    # One write to a file opened with O_APPEND, so lines of concurrent processes never mix.
    descriptor = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, (json.dumps({**event, **moment}) + "\n").encode())
    finally:
        os.close(descriptor)
