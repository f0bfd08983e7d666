"""The engine's client: its configuration, why no engine answers, and the time limits of commands."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engines import Engine

from harness.errors import HarnessError
from harness.in_time import OutOfTime
from harness.paths import COMPOSE, REPOSITORY
from harness.provision.built import BuildError
from harness.provision.docker import base_image
from harness.provision.docker import engine as docker_engine
from harness.provision.docker.build import Recipe, build
from harness.provision.docker.engine import (
    LABEL,
    OWNER,
    EngineError,
    client,
    engine_url,
    labels,
    remote_engine,
    run_container,
    run_inside,
    why_silent,
)
from harness.provision.owner import this_process


def test_a_build_needs_no_login(docker: Engine) -> None:
    docker.answers = {
        r"GET /images/x:1/json": (404, {"message": "none"}),
        r"POST /build": (200, {"error": "as far as it should come"}),
    }
    with pytest.raises(BuildError, match="as far as it should come"):
        build(Recipe("x:1", COMPOSE / "base.Dockerfile", "base"), print)
    (asked,) = docker.asked("POST /build")
    assert "gone" not in str(asked.headers)


def test_a_public_image_is_pulled_without_a_login(docker: Engine) -> None:
    docker.answers = {
        rf"GET /images/{base_image.ROOTFS}/json": (404, {"message": "none"}),
        r"POST /images/create": (200, {"status": "pulled"}),
        r"GET /images/debian:bookworm-slim/json": (200, {"Id": "sha256:1", "Config": {}}),
        r"POST /images/sha256:1/tag": (201, {}),
    }
    base_image._ensure_rootfs(print)
    assert docker.asked("POST /images/sha256:1/tag")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, {"message": "x509: certificate signed by unknown authority"}), "x509: certificate signed"),
        ((200, {"error": "toomanyrequests: You have reached your pull rate limit"}), "toomanyrequests"),
    ],
)
def test_the_reason_of_a_refused_pull_is_shown(
    docker: Engine, answer: tuple[int, object], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.answers = {r"GET /images/": (404, {"message": "none"}), r"POST /images/create": answer}
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=f"cannot pull .* .{reason}.*mmdebstrap is missing") as raised:
        base_image._ensure_rootfs(print)
    assert raised.value.remedy == "sudo apt-get install mmdebstrap"


@pytest.mark.parametrize("configuration", ["[]", '{"proxies": "http://proxy"}', '{"auths": {"x": "y"}}'])
def test_an_invalid_configuration_is_one_sentence(docker: Engine, tmp_path: Path, configuration: str) -> None:
    (tmp_path / "config.json").write_text(configuration)
    with pytest.raises(EngineError, match="cannot use this user's Docker configuration"):
        client()


def test_a_configuration_that_is_not_json_is_ignored_as_by_dockers_client(docker: Engine, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("no JSON")
    assert client() is not None


@pytest.mark.parametrize("host", ["nonsense", "nonsense://there", "tcp://:::"])
def test_an_invalid_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    client.cache_clear()
    with pytest.raises(EngineError, match="cannot read the Docker engine's address"):
        client()


def test_new_objects_name_this_harness() -> None:
    assert labels("wheels") == {LABEL: "wheels", OWNER: str(this_process())}


@pytest.fixture
def never() -> Any:
    over = threading.Event()
    yield lambda *_, **__: over.wait()
    over.set()


def test_the_output_of_a_command_in_a_container() -> None:
    container: Any = SimpleNamespace(name="it", exec_run=lambda command, **options: (command, options))
    assert run_inside(container, ("true",), demux=True) == (["true"], {"demux": True})


def test_a_command_in_a_container_that_never_ends(never: Any) -> None:
    container: Any = SimpleNamespace(name="orchestrator-1", exec_run=never)
    with pytest.raises(OutOfTime, match=r"`du -sb /state` did not end in 0\.2 s in orchestrator-1"):
        run_inside(container, ["du", "-sb", "/state"], 0.2)


def test_a_container_that_never_ends(never: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimpleNamespace(containers=SimpleNamespace(run=never))
    monkeypatch.setattr(docker_engine, "client", lambda: engine)
    with pytest.raises(EngineError, match=r"a container of base did not end in 0\.2 s") as raised:
        run_container("base", ["true"], 0.2)
    assert isinstance(raised.value, HarnessError)
    assert raised.value.remedy == "orchbench clean"


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield path


def test_no_socket(tmp_path: Path) -> None:
    why, remedy = why_silent(f"http+unix://{tmp_path}/docker.sock")
    assert why == "No such file or directory"
    assert remedy.startswith("install and start Docker Engine: https://docs.docker.com/")


def test_a_socket_that_nothing_listens_on(tmp_path: Path) -> None:
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(left))
    message, remedy = why_silent(f"http+unix://{left}")
    assert message.endswith("Connection refused")
    assert remedy == "sudo systemctl start docker"


def test_another_program_listens(listening: Path) -> None:
    message, remedy = why_silent(f"http+unix://{listening}")
    assert message.endswith("another program listens there")
    assert remedy == "sudo systemctl restart docker"


def test_a_port_that_nothing_listens_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    client.cache_clear()
    with pytest.raises(EngineError, match=r"no Docker engine responds at http://127.0.0.1:9: Connection refused"):
        client()


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://10.0.0.7:2375", True),
        ("ssh://me@far.example", True),
    ],
)
def test_engines_on_another_machine(url: str, remote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    assert bool(remote_engine()) is remote


ASK = """
import os, sys
from harness.provision.docker.engine import why_silent
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
print(*why_silent(f"http+unix://{sys.argv[1]}"), sep="\\n")
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
    assert engine_url() == "http+unix:///var/run/docker.sock"

    meta = tmp_path / "contexts" / "meta" / sha256(b"far").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(
        json.dumps({"Name": "far", "Metadata": {}, "Endpoints": {"docker": {"Host": "tcp://10.0.0.7:2375"}}})
    )
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    assert engine_url() == "http://10.0.0.7:2375"
    assert remote_engine()

    monkeypatch.setenv("DOCKER_HOST", "unix:///run/other.sock")
    assert engine_url() == "http+unix:///run/other.sock"
