"""What several commands do before they start a stack: choose how to hold it apart, clean up, fetch what it needs."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from rich.text import Text

from harness.cli.console import coloured, err, out
from harness.cli.names import IsolationName
from harness.errors import HarnessError
from harness.experiment.envelope import Envelope, Pinning, fitting, shortages
from harness.isolation.docker.isolation import Containers
from harness.isolation.host_lock import Busy, exclusive
from harness.isolation.pinning import available_cpus, lanes, pin, shared
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Built, Isolation, Say
from harness.measure.landing_data import ensure_landing
from harness.paths import LANDING


@contextmanager
def alone(*, wait: bool) -> Iterator[None]:
    """Be the one orchbench at work on this machine. Where another is, `wait` for it, or raise `Busy`."""
    try:
        with exclusive(waiting=_wait_for if wait else None):
            yield
    except Busy as error:
        error.remedy = f"orchbench {shlex.join(sys.argv[1:])} --wait"
        raise


def _wait_for(who: str) -> None:
    # Standard output may be for JSON alone.
    err.print(f"{who}. Waiting for it to end; Ctrl-C gives up")


def choose(name: IsolationName) -> Isolation:
    """Return an isolation by name; `auto` takes containers where they can be used, else processes, and says so."""
    if name is not IsolationName.PROCESS:
        obstacle = Containers().obstacle()
        if obstacle is None:
            return Containers()
        if name is IsolationName.CONTAINER:
            raise HarnessError(f"containers cannot be used here: {obstacle.what}", remedy=obstacle.remedy)
        out.print(
            f"processes instead of containers: {obstacle.what}. They start faster, and less holds them apart: "
            "this host's libraries, its network, and no image",
            highlight=False,
        )
    return Processes()


def allot(isolation: Isolation) -> Envelope:
    """Return what a stack may use of this machine, and say where that is less than it is meant to be."""
    wanted, cpus = Envelope(), isolation.cpus()
    for shortage in shortages(wanted, cpus, psutil.virtual_memory().total):
        out.print(coloured("warning", "yellow", shortage), highlight=False)
    return fitting(wanted, cpus)


def placed(envelope: Envelope, jobs: int, *, crashing: bool) -> Pinning:
    """Return the CPUs of harness and stacks. Raises `Misuse` where so many rounds side by side would measure another.

    Crash trials may share all CPUs: what is looked for are verdicts.
    """
    cpus = available_cpus()
    if crashing:
        return shared(cpus, jobs)
    return pin(cpus, envelope.cpus) if jobs == 1 else lanes(cpus, envelope.cpus, jobs)


def clean_up(isolation: Isolation) -> int:
    """Remove what earlier runs left behind, say so, and return how many things there were."""
    removed = isolation.remove_leftovers()
    if removed:
        out.print(f"removed {removed} leftovers of an earlier run", highlight=False)
    return removed


def prepare(isolation: Isolation) -> Built:
    """Fetch the data and build the warehouse, saying what is being done."""
    with said() as say:
        say("looking at data and warehouse")
        ensure_landing(LANDING)
        return isolation.prepare_warehouse(say)


@contextmanager
def said() -> Iterator[Say]:
    """Show one line that changes, or a line for each thing where nobody watches a terminal."""
    with out.status("") as status:

        def say(what: str) -> None:
            # A string would be read as markup here, whatever the console does.
            status.update(Text(what))
            if not out.is_terminal:
                out.print(what, highlight=False)

        yield say
