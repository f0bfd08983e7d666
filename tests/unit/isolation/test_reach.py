"""Why no engine answers, each reason with a real socket or address."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from harness.isolation.docker import reach
from harness.isolation.docker.reach import EngineAddress, find_address, why_silent
from harness.paths import REPOSITORY


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield path


@pytest.mark.parametrize("named_by", ["", "DOCKER_HOST"])
def test_no_socket(tmp_path: Path, named_by: str) -> None:
    message, remedy = why_silent(EngineAddress(f"unix://{tmp_path}/docker.sock", named_by))
    assert message.startswith("no Docker engine responds at unix://")
    assert message.endswith(": No such file or directory")
    assert remedy.startswith("unset" if named_by else "install and start Docker Engine: https://docs.docker.com/")


def test_a_socket_that_nothing_listens_on(tmp_path: Path) -> None:
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(left))
    message, remedy = why_silent(EngineAddress(f"unix://{left}"))
    assert message.endswith("Connection refused")
    assert remedy == "sudo systemctl start docker"


def test_another_program_listens(listening: Path) -> None:
    message, remedy = why_silent(EngineAddress(f"unix://{listening}"))
    assert message.endswith("another program listens there")
    assert remedy == "sudo systemctl restart docker"


def test_the_setting_that_names_the_address_is_the_one_to_change(tmp_path: Path) -> None:
    gone = f"unix://{tmp_path}/docker.sock"
    message, remedy = why_silent(EngineAddress(gone, "DOCKER_HOST"))
    assert "named by DOCKER_HOST" in message
    assert remedy == "unset DOCKER_HOST"
    assert why_silent(EngineAddress(gone, "the context far"))[1] == "docker context use default"


def test_a_port_that_nothing_listens_on() -> None:
    message, remedy = why_silent(EngineAddress("tcp://127.0.0.1:9", "DOCKER_HOST"))
    assert "tcp://127.0.0.1:9" in message
    assert remedy == "unset DOCKER_HOST"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://10.0.0.7:2375", True),
        ("ssh://me@far.example", True),
    ],
)
def test_engines_on_another_machine(url: str, remote: bool) -> None:
    assert EngineAddress(url).remote is remote


ASK = """
import os, sys
from harness.isolation.docker.reach import EngineAddress, why_silent
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
print(*why_silent(EngineAddress(f"unix://{sys.argv[1]}")), sep="\\n")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")
def test_a_user_without_permission() -> None:
    folder = Path("/tmp") / f"orchbench-test-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "docker.sock"
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            path.chmod(0o660)
            done = subprocess.run(
                [sys.executable, "-c", ASK, path], cwd=REPOSITORY, capture_output=True, text=True, check=True
            )
    finally:
        shutil.rmtree(folder)
    message, command = done.stdout.splitlines()
    assert message.endswith("Permission denied")
    assert command.startswith("sudo usermod -aG docker")


def test_the_address_is_that_of_dockers_own_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert find_address() == EngineAddress(reach.DEFAULT)

    meta = tmp_path / "contexts" / "meta" / sha256(b"far").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(
        json.dumps({"Name": "far", "Metadata": {}, "Endpoints": {"docker": {"Host": "tcp://10.0.0.7:2375"}}})
    )
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    assert find_address() == EngineAddress("tcp://10.0.0.7:2375", "the context far")
    assert find_address().remote

    monkeypatch.setenv("DOCKER_HOST", "unix:///run/other.sock")
    assert find_address() == EngineAddress("unix:///run/other.sock", "DOCKER_HOST")
