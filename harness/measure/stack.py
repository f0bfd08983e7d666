"""A running stack with its driver, and the wait until it is ready."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import stamina

from harness.errors import origin
from harness.experiment.envelope import Envelope
from harness.isolation.protocol import Isolation, Running, StackError
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.contender import Contender
from harness.orchestrators.loading import bind_driver, load_driver

_READY_POLL_S = 0.25
_WAREHOUSE_LIMIT_S = 60
_SUPERVISOR_S = 3.0
"""The time that a supervisor needs to exit after its programs."""


@dataclass(frozen=True)
class Stack:
    """One running contender and its driver."""

    contender: Contender
    running: Running
    driver: BoundedDriver

    @property
    def stop_limit_s(self) -> float:
        """How long a stop can take: the grace period of its programs, plus the supervisor's exit."""
        return self.contender.manifest.stop_grace_s + _SUPERVISOR_S


@contextmanager
def launch(isolation: Isolation, contender: Contender, envelope: Envelope, port: int | None = None) -> Iterator[Stack]:
    """Start a stack and create its driver. Stop it at the end of the context.

    Raises `StackError`, and `DriverError` for an invalid driver.
    """
    folder = contender.manifest.folder
    driver = load_driver(contender.name, folder)
    with isolation.launch(contender, envelope, port) as running:
        yield Stack(contender, running, BoundedDriver(bind_driver(driver, folder, running.endpoint)))


def wait_ready(stack: Stack, started_ns: int) -> float:
    """Wait until the driver is ready and the warehouse responds. Return the seconds since `started_ns` (monotonic).

    Any exception of `ready` means "not yet". If the manifest's limit passes or the orchestrator ends, raises
    `StackError` with the last exception and the last log lines.
    """
    limit_s = stack.contender.manifest.ready_limit_s
    why = "the driver's `ready` was never called"
    while (waited_s := (time.monotonic_ns() - started_ns) / 1e9) < limit_s:
        ready = False
        try:
            ready = stack.driver.ready()
            why = "the driver's `ready` returned False"
        except Exception as error:
            why = f"last error from the driver's `ready`: {origin(error, stack.contender.manifest.folder)}"
        if ready:
            ready_s = (time.monotonic_ns() - started_ns) / 1e9
            wait_for_warehouse(stack.running.warehouse.own_url)
            return ready_s
        if not stack.running.alive():
            raise StackError(f"not ready: the stack ended after {waited_s:.0f} s ({why})", log=stack.running.log())
        time.sleep(_READY_POLL_S)
    raise StackError(f"not ready after {limit_s:g} s ({why})", log=stack.running.log())


def wait_for_warehouse(url: str) -> None:
    """Wait until the warehouse responds. Raises `StackError` if it does not in time."""
    waits = stamina.retry_context(
        on=psycopg.OperationalError, attempts=None, timeout=_WAREHOUSE_LIMIT_S, wait_initial=0.1, wait_max=1.0
    )
    try:
        for attempt in waits:
            with attempt:
                psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise StackError(f"the warehouse did not respond within {_WAREHOUSE_LIMIT_S} s: {error}") from error
