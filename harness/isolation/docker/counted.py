"""The kernel's counters of a container, where this host shows its own and not a stranger's."""

from pathlib import Path

from docker.models.containers import Container

from harness.isolation.cgroup import CgroupError, Counters, counters

PROC = Path("/proc")


def counters_of(container: Container, proc: Path = PROC) -> Counters:
    """Return the counters of a running container.

    Raises `CgroupError` where they cannot be read, or the engine's process id is somebody else's here: an engine in a
    virtual machine, or a harness in a container.
    """
    pid = container.attrs["State"]["Pid"]
    found = counters(pid, proc=proc)
    if str(container.id) not in (proc / str(pid) / "cgroup").read_text():
        raise CgroupError(f"process {pid} of this host is not the container's")
    return found
