"""Why no engine answers, each reason on a socket or an address as a machine has it."""

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
from harness.isolation.docker.reach import Address, find_address, why_silent
from harness.paths import REPOSITORY

NOBODY = 65534


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of this test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return folder


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield path


def install(programs: Path, *names: str) -> None:
    for name in names:
        (programs / name).touch(0o755)


@pytest.mark.parametrize(
    ("installed", "said", "remedy"),
    [
        ((), "Docker is not installed", "get.docker.com"),
        (("docker",), "its client is installed, the engine is not", "get.docker.com"),
        (("docker", "dockerd", "systemctl"), "it is installed, but there is no", "sudo systemctl start docker"),
        (("docker", "dockerd"), "it is installed, but there is no", "sudo service docker start"),
    ],
)
def test_no_socket(programs: Path, tmp_path: Path, installed: tuple[str, ...], said: str, remedy: str) -> None:
    install(programs, *installed)
    reason = why_silent(Address(f"unix://{tmp_path}/docker.sock"))
    assert reason.message.startswith("no Docker engine answers")
    assert said in reason.message
    assert remedy in reason.remedy


def test_a_socket_that_nothing_listens_on(programs: Path, listening: Path) -> None:
    install(programs, "systemctl")
    left = listening.with_name("left.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(left))
    reason = why_silent(Address(f"unix://{left}"))
    assert "Connection refused" in reason.message
    assert reason.remedy == "sudo systemctl start docker"


def test_something_else_listens(programs: Path, listening: Path) -> None:
    install(programs, "systemctl")
    reason = why_silent(Address(f"unix://{listening}"))
    assert "does not answer as a Docker engine" in reason.message
    assert reason.remedy == "sudo systemctl restart docker"


def test_an_engine_of_the_users_own(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    own = tmp_path / "run" / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(own))
        server.listen()
        reason = why_silent(Address(f"unix://{tmp_path}/docker.sock"))
    assert reason.remedy == f"export DOCKER_HOST=unix://{own}"


def test_what_names_the_address_is_what_to_change(programs: Path, tmp_path: Path) -> None:
    gone = f"unix://{tmp_path}/docker.sock"
    named = why_silent(Address(gone, "DOCKER_HOST"))
    assert "named by DOCKER_HOST" in named.message
    assert named.remedy == "unset DOCKER_HOST"
    assert why_silent(Address(gone, "the context far")).remedy == "docker context use default"


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:9", "ssh://me@far.example"])
def test_an_engine_elsewhere(url: str) -> None:
    reason = why_silent(Address(url, "DOCKER_HOST"))
    assert url in reason.message
    assert reason.remedy == "unset DOCKER_HOST"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://10.0.0.7:2375", True),
        ("ssh://me@far.example", True),
    ],
)
def test_which_engines_are_on_another_machine(url: str, remote: bool) -> None:
    assert Address(url).remote is remote


ASK = """
import os, sys
from harness.isolation.docker.reach import Address, why_silent
import grp, pwd
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
reason = why_silent(Address(f"unix://{sys.argv[1]}"))
print(reason.message, reason.remedy, sep="\\n")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")
@pytest.mark.parametrize(
    ("gid", "mode", "said", "remedy"),
    [
        (
            2,
            0o660,
            "nobody may not use it: {} is for root and the group bin",
            "sudo usermod -aG bin nobody && newgrp bin",
        ),
        (0, 0o660, "nobody may not use it: {} is for root alone", "sudo chgrp docker {} && sudo chmod g+rw {}"),
        (2, 0o600, "nobody may not use it: {} is for root alone", "sudo chgrp docker {} && sudo chmod g+rw {}"),
        (54321, 0o660, "the group 54321, which has no name here", "sudo groupadd --gid 54321 dockerhost"),
    ],
)
def test_a_user_who_may_not(gid: int, mode: int, said: str, remedy: str, tmp_path: Path) -> None:
    folder = Path("/tmp") / f"orchbench-test-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "docker.sock"
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            os.chown(path, 0, gid)
            path.chmod(mode)
            done = subprocess.run(
                [sys.executable, "-c", ASK, path], cwd=REPOSITORY, capture_output=True, text=True, check=True
            )
    finally:
        shutil.rmtree(folder)
    message, command = done.stdout.splitlines()
    assert message.startswith("the Docker engine is there, but")
    assert said.format(path) in message
    assert remedy.format(path, path) in command


def test_the_address_is_the_one_that_dockers_own_client_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert find_address() == Address(reach.DEFAULT)

    meta = tmp_path / "contexts" / "meta" / sha256(b"far").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(
        json.dumps({"Name": "far", "Metadata": {}, "Endpoints": {"docker": {"Host": "tcp://10.0.0.7:2375"}}})
    )
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    assert find_address() == Address("tcp://10.0.0.7:2375", "the context far")
    assert find_address().remote

    monkeypatch.setenv("DOCKER_HOST", "unix:///run/other.sock")
    assert find_address() == Address("unix:///run/other.sock", "DOCKER_HOST")
