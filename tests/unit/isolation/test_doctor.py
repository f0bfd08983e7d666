"""What `doctor` makes of what an engine tells, and of a container that it tries out."""

import http.server
import os
import shutil
import threading
from functools import partial
from pathlib import Path

import pytest
from isolation.engines import Engine

from harness.isolation import run_folders
from harness.isolation.docker import doctor, rehearsal
from harness.isolation.docker.doctor import cpus, disk, engine_kind, limits, memory, swap
from harness.isolation.docker.reach import Address
from harness.isolation.docker.rehearsal import rehearse
from harness.isolation.process.groups import limit_swap

INFO = {
    "ServerVersion": "28.0",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "Driver": "overlay2",
    "CpuCfsQuota": True,
    "MemoryLimit": True,
    "CPUSet": True,
    "SwapLimit": True,
    "NCPU": 4,
    "MemTotal": 16 * 10**9,
    "Name": "far",
}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (None, "Docker engine 28.0"),
        (["name=seccomp,profile=builtin", "name=rootless"], "Docker engine 28.0, rootless"),
        (["name=userns", "name=selinux"], "Docker engine 28.0, user namespaces remapped, SELinux"),
    ],
)
def test_what_kind_of_engine_it_is(options: list[str] | None, said: str) -> None:
    assert engine_kind({**INFO, "SecurityOptions": options}).what == said


def test_an_engine_that_cannot_limit() -> None:
    assert limits(INFO).level == "ok"
    finding = limits({**INFO, "CpuCfsQuota": False, "CPUSet": False})
    assert (finding.level, finding.what.partition(":")[0]) == (
        "warning",
        "the engine cannot limit CPU time and which CPUs",
    )


def test_a_kernel_that_keeps_no_account_of_swap() -> None:
    assert swap(INFO) == []
    (finding,) = swap({**INFO, "SwapLimit": False})
    assert (finding.level, finding.what.partition(":")[0]) == ("warning", "the engine cannot limit swap")


@pytest.mark.parametrize(
    ("there", "limited"),
    [
        (["memory/memory.limit_in_bytes"], False),
        (["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"], True),
        (["cgroup.controllers", "init.scope/memory.max"], False),
        (["cgroup.controllers", "init.scope/memory.max", "init.scope/memory.swap.max"], True),
    ],
)
def test_control_groups_with_and_without_an_account_of_swap(tmp_path: Path, there: list[str], *, limited: bool) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert limit_swap(tmp_path) == limited


def test_a_small_machine() -> None:
    assert cpus(INFO) == []
    assert memory(INFO).level == "ok"
    (finding,) = cpus({**INFO, "NCPU": 1})
    assert finding.level == "warning"
    assert memory({**INFO, "MemTotal": 2 * 10**9}).level == "warning"


@pytest.mark.parametrize(("free_gb", "level"), [(0.2, "missing"), (5, "warning"), (50, "ok")])
def test_the_engines_disk(free_gb: float, level: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def usage(folder: Path) -> "shutil._ntuple_diskusage":
        asked.append(folder)
        return shutil._ntuple_diskusage(10**12, 10**12, int(free_gb * 10**9))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    # A remapped engine keeps its images where only its root may look.
    finding = disk({**INFO, "DockerRootDir": str(tmp_path / "100000.100000" / "deep")})
    assert finding.level == level
    assert asked == [tmp_path]


def test_an_engine_on_another_machine_is_missing(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.answers = {"GET /info": (200, INFO)}
    monkeypatch.setattr(doctor, "find_address", lambda: Address("tcp://10.0.0.7:2375", "DOCKER_HOST"))
    (finding,) = doctor.examine()
    assert (finding.level, finding.remedy) == ("missing", "unset DOCKER_HOST")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody else is at work, and run folders are this test's own."""
    monkeypatch.setattr(rehearsal, "held_by_another", lambda: False)
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / ".run")


IMAGE = (200, {"Id": "sha256:1", "Config": {}})


class Started:
    """A container of the engine that only answers: a thread that serves the folder that was shared."""

    def __init__(self, docker: Engine, *, sees_folder: bool = True, pid: int = 2**22 + 1) -> None:
        self._docker, self._sees_folder = docker, sees_folder
        self.status = "running"
        state = {"Status": "running", "Pid": pid}
        docker.answers = {
            "GET /info": (200, INFO),
            "GET /images/": IMAGE,
            "POST /containers/create": (201, {"Id": "abc"}),
            "POST /containers/abc/start": self._start,
            "GET /containers/abc/json": lambda _: (
                200,
                {"Id": "abc", "State": {**state, "Status": self.status}, "Config": {"Tty": True}},
            ),
            "GET /containers/abc/logs": (200, b"no such interpreter"),
            "DELETE /containers/abc": (204, b""),
        }

    def _start(self, _path: str) -> tuple[int, object]:
        (create,) = self._docker.asked("POST /containers/create")
        host = create.json()["HostConfig"]
        folder = Path(host["Binds"][0].split(":")[0])
        if not self._sees_folder:
            folder = folder.parent
        (folder / "from-inside").touch()
        ((binding,),) = host["PortBindings"].values()
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
        server = http.server.ThreadingHTTPServer((binding["HostIp"], int(binding["HostPort"])), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return 204, b""


def test_a_container_that_does_all_that_a_stack_needs(docker: Engine, quiet: None) -> None:
    Started(docker)
    tried, counted = rehearse()
    assert tried.level == "ok"
    # A process id of this host that is not the container's: its counters are not read for the container's.
    assert (counted.level, "n/a" in counted.what) == ("warning", True)
    assert docker.asked("DELETE /containers/abc")
    host = docker.asked("POST /containers/create")[0].json()["HostConfig"]
    assert (host["NanoCpus"], host["Memory"]) == (2 * 10**9, 4 * 1024**3)


def test_counters_of_somebody_else_are_not_the_containers(docker: Engine, quiet: None) -> None:
    Started(docker, pid=os.getpid())
    _, counted = rehearse()
    assert counted.level == "warning"


def test_a_container_that_sees_other_folders(docker: Engine, quiet: None) -> None:
    Started(docker, sees_folder=False)
    (finding,) = rehearse()
    assert finding.level == "missing"
    assert "does not see" in finding.what


def test_a_container_that_ends_at_once(docker: Engine, quiet: None) -> None:
    Started(docker).status = "exited"
    docker.answers["POST /containers/abc/start"] = (204, b"")
    (finding,) = rehearse()
    assert finding.level == "missing"
    assert finding.what == "a container ends as soon as it starts: no such interpreter"


def test_a_container_that_is_refused(docker: Engine, quiet: None) -> None:
    docker.answers = {
        "GET /info": (200, INFO),
        "GET /images/": IMAGE,
        "POST /containers/create": (500, {"message": "NanoCPUs can not be set"}),
    }
    (finding,) = rehearse()
    assert (finding.level, finding.what) == ("missing", "a container does not start: NanoCPUs can not be set")


def test_without_a_base_image_nothing_is_tried(docker: Engine, quiet: None) -> None:
    docker.answers = {"GET /images/": (404, {"message": "none"})}
    (finding,) = rehearse()
    assert finding.level == "ok"
    assert "no base image yet" in finding.what


def test_nothing_is_tried_beside_a_measurement(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "held_by_another", lambda: True)
    (finding,) = rehearse()
    assert "another orchbench is at work" in finding.what
    assert docker.asked("containers") == []
