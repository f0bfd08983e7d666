"""The supervisor: no process outlives its program, the harness, or a request to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.isolation.process import supervisor

if sys.platform != "linux":
    pytest.skip("a subreaper is Linux's", allow_module_level=True)

RUNAWAY = """
import os, subprocess, sys, time
# A daemon: its parent is gone, its session and process group are its own, its environment is empty.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1], "w").write(str(os.getpid()))
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
time.sleep(float(sys.argv[2]))
"""


def keep(*command: str, harness: int | None = None, grace_s: float = 0.0) -> "subprocess.Popen[bytes]":
    arguments = [str(harness or os.getpid()), "", "SIGINT", str(grace_s), *command]
    process = subprocess.Popen([sys.executable, "-I", supervisor.__file__, *arguments], stdin=subprocess.PIPE)
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(b"go\n")
    return process


def wait_for(path: Path) -> psutil.Process:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return psutil.Process(int(path.read_text()))


def gone(process: psutil.Process) -> bool:
    return bool(psutil.wait_procs([process], timeout=5)[0])


def test_a_daemon_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    kept = keep(sys.executable, "-c", RUNAWAY, str(tmp_path / "pid"), "0.5")
    runaway = wait_for(tmp_path / "pid")
    assert runaway.is_running()
    assert kept.wait(10) == 0
    assert gone(runaway)


def test_a_request_to_end_ends_everything(tmp_path: Path) -> None:
    kept = keep(sys.executable, "-c", RUNAWAY, str(tmp_path / "pid"), "600")
    runaway = wait_for(tmp_path / "pid")
    kept.send_signal(signal.SIGTERM)
    kept.wait(10)
    assert gone(runaway)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_only_the_harness_reacts_to_signals_of_a_terminal(tmp_path: Path, number: signal.Signals) -> None:
    kept = keep(sys.executable, "-c", RUNAWAY, str(tmp_path / "pid"), "600")
    runaway = wait_for(tmp_path / "pid")
    kept.send_signal(number)
    time.sleep(0.2)
    assert kept.poll() is None
    assert runaway.is_running()
    kept.send_signal(signal.SIGTERM)
    kept.wait(10)
    assert gone(runaway)


def test_a_program_gets_signals_that_its_supervisor_ignores(tmp_path: Path) -> None:
    kept = keep("/bin/sh", "-c", f"grep SigIgn /proc/$$/status > {tmp_path}/ignored")
    assert kept.wait(10) == 0
    ignored = int((tmp_path / "ignored").read_text().split()[1], 16)
    assert not any(ignored >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT))


def test_a_program_with_grace_can_end_in_its_own_way(tmp_path: Path) -> None:
    polite = f"trap 'echo bye > {tmp_path}/bye; exit 0' INT; echo $$ > {tmp_path}/pid; while :; do sleep 0.05; done"
    kept = keep("/bin/sh", "-c", polite, grace_s=5.0)
    wait_for(tmp_path / "pid")
    kept.send_signal(signal.SIGTERM)
    kept.wait(10)
    assert (tmp_path / "bye").read_text() == "bye\n"


def test_everything_ends_when_the_harness_is_killed(tmp_path: Path) -> None:
    harness = f"""
import os, subprocess, sys, time
kept = subprocess.Popen([sys.executable, "-I", {supervisor.__file__!r}, str(os.getpid()), "", "SIGINT", "0",
    sys.executable, "-c", {RUNAWAY!r}, {str(tmp_path / "pid")!r}, "600"], stdin=subprocess.PIPE)
kept.stdin.write(b"go\\n"); kept.stdin.close()
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", harness])
    runaway = wait_for(tmp_path / "pid")
    process.kill()
    process.wait()
    assert gone(runaway)


def test_it_starts_nothing_for_a_harness_that_has_ended_meanwhile(tmp_path: Path) -> None:
    kept = keep("/bin/sh", "-c", f"touch {tmp_path}/ran", harness=1)
    assert kept.wait(10) == 1
    assert not (tmp_path / "ran").exists()


def test_a_missing_command_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert keep("/nowhere/serve").wait(10) == 1
    assert "/nowhere/serve" in capfd.readouterr().err
