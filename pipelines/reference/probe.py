"""The probe: stamps every step attempt into an append-only event file, and makes a step fail on request.

It is the only clock for user code. It knows steps and trials by name, nothing of what a step does and nothing of
any orchestrator. Events go to `$ORCHBENCH_EVENTS` (JSON lines), faults come from `$ORCHBENCH_FAULTS` (a JSON
array). Containers share the kernel's clocks, so stamps compare with the harness's on the same host.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class InjectedFault(RuntimeError):
    """Raised inside a step because the harness asked for it."""


@dataclass
class Rows:
    """Row counts that a step reports with its end event."""

    rows_in: int | None = None
    rows_out: int | None = None


@contextmanager
def observe(trial: str, step: str) -> Iterator[Rows]:
    """Stamp the start and the end of one attempt of `step`, injecting the fault that is set for it, if any.

    Raises `InjectedFault` for a fault of kind `raise`; whatever the body raises passes through, stamped.
    """
    events = Path(os.environ["ORCHBENCH_EVENTS"])
    attempt = 1 + _started_before(events, trial, step)
    rows = Rows()
    identity = {"trial": trial, "step": step, "attempt": attempt, "pid": os.getpid(), "host": socket.gethostname()}
    _append(events, {"event": "started", **identity})
    try:
        _inject(trial, step, attempt)
        yield rows
    except BaseException as error:
        _append(events, {"event": "ended", **identity, "outcome": "failure", "error": repr(error)[:500]})
        raise
    _append(
        events,
        {"event": "ended", **identity, "outcome": "success", "rows_in": rows.rows_in, "rows_out": rows.rows_out},
    )


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


def _inject(trial: str, step: str, attempt: int) -> None:
    path = Path(os.environ["ORCHBENCH_FAULTS"])
    if not path.exists():
        return
    for fault in json.loads(path.read_text()):
        hit = fault["trial"] == trial and fault["step"] == step and attempt <= fault["attempts"]
        if hit and fault["kind"] == "raise":
            raise InjectedFault(f"{step} was asked to fail its first {fault['attempts']} attempts; this is {attempt}")


def _append(events: Path, event: dict[str, Any]) -> None:
    stamped = {**event, "monotonic_ns": time.monotonic_ns(), "time_ns": time.time_ns()}
    # One write to a file opened with O_APPEND: lines of concurrent processes never mix.
    descriptor = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, (json.dumps(stamped) + "\n").encode())
    finally:
        os.close(descriptor)
