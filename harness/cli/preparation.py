"""Steps before a stack starts: choose the isolation, clean up, and fetch data."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from rich.text import Text

from harness.cli.console import coloured, err, out
from harness.errors import HarnessError
from harness.experiment.envelope import Envelope, Pinning, fitting, shortages
from harness.isolation.docker.isolation import Containers
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Isolation, available_cpus, obstacle
from harness.machine.host_lock import Busy, exclusive
from harness.machine.landing_data import ensure_landing
from harness.machine.pinning import lanes, pin, shared
from harness.paths import LANDING
from harness.provision.built import Built, Say


@contextmanager
def alone(*, wait: bool) -> Iterator[None]:
    """Be the only running orchbench on this machine. If there is another, `wait` for it or raise `Busy`."""
    try:
        with exclusive(waiting=_wait_for if wait else None):
            yield
    except Busy as error:
        error.remedy = f"orchbench {shlex.join(sys.argv[1:])} --wait"
        raise


def _wait_for(who: str) -> None:
    # Standard output may have to contain only JSON.
    err.print(f"{who}. Waiting for it to end. Press Ctrl-C to give up")


def choose(name: str) -> Isolation:
    """Return an isolation by name. `auto` uses containers if possible, or else processes with a message."""
    if name != "process":
        missing = obstacle(Containers())
        if missing is None:
            return Containers()
        if name == "container":
            raise HarnessError(f"cannot use containers: {missing.what}", remedy=missing.remedy)
        out.print(
            f"Docker is not usable here ({missing.what}), so stacks run as plain processes. "
            "They share this machine's libraries and network.",
        )
    return Processes()


def allot(isolation: Isolation) -> Envelope:
    """Return the resource limits of a stack, and warn if the machine has less than intended."""
    wanted, cpus = Envelope(), isolation.cpus()
    for shortage in shortages(wanted, cpus, psutil.virtual_memory().total):
        out.print(coloured("warning", "yellow", shortage))
    return fitting(wanted, cpus)


def placed(envelope: Envelope, jobs: int, *, shares_cpus: bool) -> Pinning:
    """Return the CPUs of harness and stacks. Raises `Misuse` if parallel rounds would disturb each other.

    They may share all CPUs if nothing is timed.
    """
    cpus = available_cpus()
    if shares_cpus:
        return shared(cpus, jobs)
    return pin(cpus, envelope.cpus) if jobs == 1 else lanes(cpus, envelope.cpus, jobs)


def clean_up(isolation: Isolation) -> int:
    """Remove what earlier runs left behind and return the number of removed objects."""
    removed = isolation.remove_leftovers()
    if removed:
        out.print(f"Removed {removed} leftover{'s' if removed != 1 else ''} of an earlier run.")
    return removed


def prepare(isolation: Isolation) -> Built:
    """Fetch the data and build the warehouse, and show progress."""
    with said() as say:
        say("checking data and warehouse")
        ensure_landing(LANDING)
        return isolation.prepare_warehouse(say)


@contextmanager
def said() -> Iterator[Say]:
    """Show one changing line, or separate lines without a terminal."""
    with out.status("") as status:

        def say(what: str) -> None:
            # A plain string would be parsed as markup here.
            status.update(Text(what))
            if not out.is_terminal:
                out.print(what)

        yield say
