"""The client of the engine: with what configuration it works, and how long its commands may take."""

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engines import Engine

from harness.errors import HarnessError
from harness.in_time import OutOfTime
from harness.paths import COMPOSE
from harness.provision.built import BuildError
from harness.provision.docker import base_image
from harness.provision.docker import engine as docker_engine
from harness.provision.docker.build import Recipe, build
from harness.provision.docker.engine import LABEL, OWNER, EngineError, client, labels, run_container, run_inside
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


def test_a_pull_that_needs_no_login_does_without(docker: Engine) -> None:
    assert base_image._users_login() == {}
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


def test_a_login_that_is_no_longer_good_is_left_out(docker: Engine, tmp_path: Path) -> None:
    login = {"auths": {"https://index.docker.io/v1/": {"auth": "bWU6b2xk"}}}
    (tmp_path / "config.json").write_text(json.dumps(login))
    docker.answers = {r"POST /images/create": (401, {"message": "incorrect username or password"})}
    assert "incorrect" in base_image._pull(client(), base_image._users_login())
    assert base_image._pull(client(), {})
    with_login, without = docker.asked("POST /images/create")
    assert with_login.headers["X-Registry-Auth"] != without.headers["X-Registry-Auth"]


@pytest.mark.parametrize("configuration", ["[]", '{"proxies": "http://proxy"}', '{"auths": {"x": "y"}}'])
def test_a_configuration_that_is_odd_is_one_sentence(docker: Engine, tmp_path: Path, configuration: str) -> None:
    (tmp_path / "config.json").write_text(configuration)
    with pytest.raises(EngineError, match="cannot use this user's Docker configuration"):
        client()


def test_a_configuration_that_is_no_json_is_ignored_as_by_the_client_itself(docker: Engine, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("no JSON")
    assert client() is not None


@pytest.mark.parametrize("host", ["nonsense", "nonsense://there", "tcp://:::"])
def test_an_address_that_is_none(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    client.cache_clear()
    with pytest.raises(EngineError, match="cannot read the Docker engine's address"):
        client()


def test_what_we_make_names_this_harness() -> None:
    assert labels("wheels") == {LABEL: "wheels", OWNER: str(this_process())}


@pytest.fixture
def never() -> Any:
    over = threading.Event()
    yield lambda *_, **__: over.wait()
    over.set()


def test_what_a_command_in_a_container_says() -> None:
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
