"""A stack leaves nothing behind, however it ends."""

import os
import pwd
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from orchestrators.assembled import BASELINE

from harness.isolation.docker.isolation import Containers
from harness.isolation.protocol import Isolation

pytestmark = pytest.mark.integration


def test_a_stopped_stack_leaves_nothing(isolation: Isolation, serve) -> None:
    before = {process.pid for process in psutil.process_iter()}
    with serve(BASELINE) as stack:
        name, folder = stack.running.name, stack.running.exchange.folder
        assert folder.exists()
        during = {process.pid for process in psutil.process_iter()} - before
    assert not folder.parent.exists()
    if isinstance(isolation, Containers):
        label = f"label=orchbench={name}"
        for what in (["ps", "--all"], ["volume", "ls"], ["network", "ls"]):
            listed = subprocess.run(["docker", *what, "--quiet", "--filter", label], capture_output=True, check=True)
            assert listed.stdout == b""
    else:
        assert len(during) > 5
        assert [pid for pid in during if works_in(pid, folder.parent)] == []


def test_a_killed_stack_restarts_with_its_state(serve) -> None:
    with serve(BASELINE) as stack:
        assert stack.running.alive()
        stack.running.kill()
        assert not stack.running.alive()
        stack.running.start()
        assert stack.running.alive()


@pytest.mark.parametrize("victim", ["supervisor", "supervisord", "postgres"])
def test_a_killed_part_leaves_no_process_and_no_shared_memory(isolation: Isolation, serve, victim: str) -> None:
    if isinstance(isolation, Containers):
        pytest.skip("only processes have supervisors; the engine ends a container as a whole")
    before = leaked()
    with serve(BASELINE) as stack:
        supervisors = stack.running.supervisors
        tree = [p for supervisor in supervisors.values() for p in psutil.Process(supervisor).children(recursive=True)]
        if victim == "supervisor":
            os.kill(supervisors["orchestrator"], signal.SIGKILL)
        else:
            part = "orchestrator" if victim == "supervisord" else "warehouse"
            os.kill(psutil.Process(supervisors[part]).children()[0].pid, signal.SIGKILL)
    assert psutil.wait_procs(tree, timeout=5)[1] == []
    assert leaked() <= before


def test_other_users_of_this_host_cannot_reach_the_shared_folder(serve) -> None:
    if os.geteuid() != 0:
        pytest.skip("ONLY ROOT CAN TRY WHAT ANOTHER USER MAY DO")
    stranger = pwd.getpwnam("daemon").pw_uid
    with serve(BASELINE) as stack:
        exchange = stack.running.exchange
        for test, path in (("-w", exchange.events), ("-r", exchange.events), ("-w", exchange.output)):
            tried = subprocess.run(["test", test, str(path)], user=stranger, group=stranger, check=False)
            assert tried.returncode == 1, f"a stranger's test {test} {path}"


def works_in(pid: int, folder: Path) -> bool:
    """Whether a process works in a folder, which may already be gone. Another user's process does not."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return psutil.Process(pid).cwd().startswith(str(folder))
    return False


def leaked() -> set[str]:
    """Return the System V segments of this machine whose creator is gone. Others come and go with their stacks."""
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return {segment for _, segment, _, _, maker, *_ in segments if not psutil.pid_exists(int(maker))}
