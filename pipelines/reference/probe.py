"""The probe: stamps every step attempt into an append-only event file, and makes a step go wrong on request.

It is the only clock for user code. It knows steps and trials by name, nothing of what a step does and nothing of
any orchestrator. Events go to `$ORCHBENCH_EVENTS` (JSON lines), faults come from `$ORCHBENCH_FAULTS` (a JSON
array). Containers share the kernel's clocks, so stamps compare with the harness's on the same host.

A fault names `trial`, `step`, `kind` and how many of the step's first `attempts` it strikes; where they matter also
`at`, the point of the step ("started", or one that the step reports), and `seconds`. Every kind but `raise` is stamped
right before it strikes, since nothing may be left to tell of it afterwards.
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
    """What a step reports: the points that it reaches, and for its end the rows it took and gave.

    Steps of `noop` tell what of the `etl` their process has imported instead.
    """

    reached: Callable[[str], None] = field(repr=False)
    rows_in: int | None = None
    rows_out: int | None = None
    imported: list[str] | None = None


@contextmanager
def observe(trial: str, step: str) -> Iterator[Report]:
    """Stamp the start and the end of one attempt of `step`, injecting the fault that is set for it, if any.

    Raises `InjectedFault` for a fault of kind `raise`; whatever the body raises passes through, stamped.
    """
    # Taken first: looking for earlier attempts is the step's time, and not its orchestrator's.
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
    # A last line without its end is one that another process is still writing: this trial's own are whole.
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
    """Die at once, as by the kernel's hand: nothing of this process runs after this."""
    os.kill(os.getpid(), signal.SIGKILL)


def _hang(_seconds: float) -> None:
    while True:
        time.sleep(3600)


def _compute(seconds: float) -> None:
    """Keep a CPU busy, as polars does: without holding Python's lock."""
    # Imported here, so that no other step pays for it.
    import hashlib

    block, end = bytes(1 << 20), time.monotonic() + seconds
    while time.monotonic() < end:
        hashlib.sha256(block).digest()


def _allocate(_seconds: float) -> None:
    """Take memory until something is killed for it."""
    taken = []
    while True:
        taken.append(b"x" * (64 << 20))


_FAULTS = {"exit": _exit, "hang": _hang, "hold": time.sleep, "compute": _compute, "allocate": _allocate}


def _now() -> dict[str, int]:
    return {"monotonic_ns": time.monotonic_ns(), "time_ns": time.time_ns()}


def _append(events: Path, event: dict[str, Any], moment: dict[str, int]) -> None:
    # One write to a file opened with O_APPEND: lines of concurrent processes never mix.
    descriptor = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, (json.dumps({**event, **moment}) + "\n").encode())
    finally:
        os.close(descriptor)
