"""A stack stays on the CPUs that it is given."""

import os

import psutil
import pytest
from orchestrators.assembled import BASELINE

from harness.experiment.envelope import Envelope
from harness.isolation.docker.containers import ContainerStack
from harness.isolation.process.stack import ProcessStack
from harness.isolation.protocol import Running

pytestmark = pytest.mark.integration


def processes(running: Running) -> list[int]:
    """Return every process of a stack, as the host sees it."""
    if isinstance(running, ContainerStack):
        tops = [running.container(service).top() for service in ("orchestrator", "warehouse")]
        return [int(row[top["Titles"].index("PID")]) for top in tops for row in top["Processes"]]
    assert isinstance(running, ProcessStack)
    return [
        child.pid
        for supervisor in running.supervisors.values()
        for child in psutil.Process(supervisor).children(recursive=True)
    ]


def test_every_process_stays_on_the_stacks_cpus(serve) -> None:
    with serve(BASELINE, envelope=Envelope(cpus=1, cpuset=(0,))) as stack:
        pids = processes(stack.running)
        assert len(pids) > 3
        assert [pid for pid in pids if os.sched_getaffinity(pid) != {0}] == []
