"""Users, interpreters, control groups and counters of processes."""

import os
import pwd
import subprocess
import time
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.process import groups, interpreter
from harness.isolation.process.gauge import tree_gauge
from harness.isolation.process.interpreter import NoInterpreter, find_interpreter
from harness.isolation.process.paths import ProcessPaths
from harness.isolation.process.user import User, serving_user

ME = User("me", os.getuid(), os.getgid())


def test_root_never_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert serving_user().name == "nobody"
    somebody = next(each for each in pwd.getpwall() if each.pw_uid)
    monkeypatch.setenv("SUDO_UID", str(somebody.pw_uid))
    assert serving_user().uid == somebody.pw_uid


def test_a_user_without_a_name_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 3_999_999)
    with pytest.raises(HarnessError, match="no user to run stacks as"):
        serving_user()


@pytest.fixture
def ground(tmp_path: Path) -> ProcessPaths:
    return ProcessPaths(ME, tmp_path / "ground", tmp_path / "ground" / "r")


def test_no_python_of_the_right_version_lists_the_attempts(
    monkeypatch: pytest.MonkeyPatch, ground: ProcessPaths, tmp_path: Path
) -> None:
    monkeypatch.setattr(interpreter, "_candidates", lambda: iter([Path("/bin/false"), Path("/nowhere/python3.11")]))
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho error: no route to the mirror >&2; exit 2\n")
    uv.chmod(0o755)
    with pytest.raises(NoInterpreter) as raised:
        find_interpreter(ground, str(uv), lambda _: None)
    assert str(raised.value) == (
        "there is no Python 3.11 that user me can run. That user cannot run /bin/false. "
        "uv could not download one: error: no route to the mirror"
    )
    assert "apt-get" not in raised.value.remedy


def test_a_python_is_downloaded_only_to_a_place_that_the_serving_user_can_enter(
    monkeypatch: pytest.MonkeyPatch, ground: ProcessPaths, tmp_path: Path
) -> None:
    monkeypatch.setattr(interpreter, "_candidates", lambda: iter([]))
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        'test "$UV_PYTHON_INSTALL_BIN" = 0 || exit 1\n'
        'mkdir -p "$UV_PYTHON_INSTALL_DIR/cpython-3.11.9/bin"\n'
        'program="$UV_PYTHON_INSTALL_DIR/cpython-3.11.9/bin/python3.11"\n'
        "printf '#!/bin/sh\\necho 3.11 3.11.9\\n' > $program; chmod 755 $program\n"
    )
    uv.chmod(0o755)
    found = find_interpreter(ground, str(uv), lambda _: None)
    assert found.path.is_relative_to(ground.folder)
    # It is downloaded once.
    assert find_interpreter(ground, "/bin/false", lambda _: None) == found


def test_another_version_is_not_taken(tmp_path: Path, ground: ProcessPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "python3.11"
    other.write_text("#!/bin/sh\necho 3.12 3.12.1\n")
    other.chmod(0o755)
    good = tmp_path / "good"
    good.write_text("#!/bin/sh\necho 3.11 3.11.9\n")
    good.chmod(0o755)
    monkeypatch.setattr(interpreter, "_candidates", lambda: iter([other, good]))
    found = find_interpreter(ground, "/bin/false", lambda _: None)
    assert (found.path, found.version) == (good, "3.11.9")


def test_control_groups_of_version_1_have_limits(tmp_path: Path) -> None:
    for controller in ("memory", "cpuacct", "cpu"):
        (tmp_path / controller).mkdir()
    assert groups.available(tmp_path)
    group = groups.make_group("orchbench-a-orchestrator", Envelope(cpus=1.5, memory_bytes=1000), tmp_path)
    assert (tmp_path / "memory/orchbench-a-orchestrator/memory.limit_in_bytes").read_text() == "1000"
    assert (tmp_path / "cpu/orchbench-a-orchestrator/cpu.cfs_quota_us").read_text() == "150000"
    assert group.counters.memory_key == "total_rss"


def test_control_groups_of_version_2_have_limits(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    assert groups.available(tmp_path)
    group = groups.make_group("orchbench-a-orchestrator", Envelope(cpus=2, memory_bytes=1000), tmp_path)
    assert (tmp_path / "orchbench-a-orchestrator/memory.max").read_text() == "1000"
    assert (tmp_path / "orchbench-a-orchestrator/cpu.max").read_text() == "200000 100000"
    assert group.counters.memory_key == "anon"


@pytest.mark.parametrize(
    ("version", "file", "limit"),
    [("v1", "memory/g/memory.memsw.limit_in_bytes", "1000"), ("v2", "g/memory.swap.max", "0")],
)
def test_no_memory_is_swapped_if_the_kernel_counts_swap(tmp_path: Path, version: str, file: str, limit: str) -> None:
    for controller in ("memory", "cpuacct", "cpu"):
        (tmp_path / controller).mkdir()
    if version == "v2":
        (tmp_path / "cgroup.controllers").write_text("cpu memory")
        (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("max")
    groups.make_group("g", Envelope(memory_bytes=1000), tmp_path)
    assert (tmp_path / file).read_text() == limit


def test_a_host_without_the_controllers_has_no_groups(tmp_path: Path) -> None:
    assert not groups.available(tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("")
    assert not groups.available(tmp_path)


def test_time_of_ended_children_is_counted() -> None:
    busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
    process = subprocess.Popen(["sh", "-c", f"sh -c '{busy}'; sleep 600"])
    try:
        gauge = tree_gauge([process.pid], [process.pid])
        deadline = time.monotonic() + 20
        while gauge.cpu_s() < 0.1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert gauge.rss_bytes() > 10_000
        assert gauge.period_s >= 0.25
    finally:
        process.kill()
        process.wait()
