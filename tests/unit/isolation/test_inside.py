"""Inspecting and signalling a stack's processes from inside: real processes, and the script as it is run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.isolation import inside


def ask(name: str, *arguments: object, root: int | None = None, cpus: str = "") -> Any:
    given = json.dumps([arguments, {}])
    command = [sys.executable, "-I", inside.__file__, str(root or os.getpid()), cpus, name, given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_living_processes_have_their_start_and_their_state(sleeper: "subprocess.Popen[bytes]") -> None:
    ((pid, (started_s, state)),) = ask("living", [sleeper.pid, 2**22 + 1]).items()
    assert int(pid) == sleeper.pid
    assert state in "SRD"
    assert abs(started_s - time.monotonic()) < 30
    assert ask("send", "SIGSTOP", [sleeper.pid]) == [sleeper.pid]
    assert ask("living", [sleeper.pid])[pid][1] == "T"
    assert ask("send", "SIGCONT", [sleeper.pid]) == [sleeper.pid]


def test_a_zombie_is_not_alive(sleeper: "subprocess.Popen[bytes]") -> None:
    assert ask("send", "SIGKILL", [sleeper.pid]) == [sleeper.pid]
    deadline = time.monotonic() + 10
    while ask("living", [sleeper.pid]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ask("living", [sleeper.pid]) == {}, "it is not reaped yet, and dead all the same"
    sleeper.wait()
    assert ask("send", "SIGKILL", [sleeper.pid]) == []


def test_a_parent_is_found(sleeper: "subprocess.Popen[bytes]") -> None:
    assert ask("parent", sleeper.pid) == os.getpid()


def test_a_program_is_found_only_below_its_own_root(tmp_path) -> None:
    supervisor = tmp_path / "supervisord"
    supervisor.write_text("import os, subprocess, sys\nsubprocess.run(['sleep', '60'], env=dict(os.environ))\n")
    named = {**os.environ, "SUPERVISOR_PROCESS_NAME": "scheduler"}
    with subprocess.Popen([sys.executable, str(supervisor)], env=named) as process:
        try:
            children = f"/proc/{process.pid}/task/{process.pid}/children"
            deadline = time.monotonic() + 10
            while not (told := open(children).read().split()) and time.monotonic() < deadline:  # noqa: PTH123, SIM115
                time.sleep(0.01)
            child = int(told[0])
            assert ask("program", "scheduler", root=process.pid) == child
            command = [sys.executable, "-I", inside.__file__, str(child), "", "program", '[["scheduler"], {}]']
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
            assert (done.returncode, done.stderr) == (1, "supervisord runs no program 'scheduler'\n")
        finally:
            subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
            process.kill()


def test_busy_processes_end_by_themselves() -> None:
    pids = ask("busy", 2, 3.0, cpus=str(min(os.sched_getaffinity(0))))
    assert len(pids) == 2
    assert len(ask("living", pids)) == 2
    deadline = time.monotonic() + 20
    while ask("living", pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ask("living", pids) == {}


def test_listening_addresses_have_their_ports() -> None:
    script = (
        "import socket, time; a = socket.create_server(('127.0.0.1', 0));"
        "b = socket.create_server(('::', 0), family=socket.AF_INET6);"
        "c = socket.socket(); c.bind(('127.0.0.1', 0));"
        "print(a.getsockname()[1], b.getsockname()[1], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        four, six = map(int, process.stdout.readline().split())
        assert sorted(map(tuple, ask("listening", root=process.pid))) == [("127.0.0.1", four), ("::", six)]
        assert ask("owners", root=process.pid) == [os.geteuid()]
        process.kill()


def test_files_outside_of_folders_are_listed(tmp_path: Path) -> None:
    own, elsewhere = tmp_path / "own", tmp_path / "elsewhere"
    own.mkdir()
    elsewhere.mkdir()
    began_s = time.time() - 1
    script = f"""
import time
kept = [open("{own}/kept", "w"), open("{elsewhere}/stray", "w"), open("{__file__}")]
gone = open("{elsewhere}/gone", "w")
__import__("os").unlink("{elsewhere}/gone")
print("open", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        assert ask("writing", [str(own)], root=process.pid) == [str(elsewhere / "stray")]
        process.kill()
    assert ask("fresh", began_s, str(tmp_path), [str(own)]) == [str(elsewhere / "stray")]
    assert ask("fresh", time.time() + 60, str(tmp_path), [str(own)]) == []
