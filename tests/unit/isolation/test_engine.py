"""The engine's client: its configuration, and the objects that it removes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from isolation.engines import Engine

from harness.isolation.confinement import Address
from harness.isolation.databases import Access
from harness.isolation.docker import base_image
from harness.isolation.docker.build import Recipe, build
from harness.isolation.docker.containers import ContainerStack
from harness.isolation.docker.engine import (
    LABEL,
    OWNER,
    EngineError,
    client,
    compose_command,
    labels,
    remove_labelled,
    users_login,
)
from harness.isolation.exchange import Exchange
from harness.isolation.owner import this_process
from harness.isolation.protocol import BuildError
from harness.orchestrators.driver import Endpoint
from harness.paths import COMPOSE


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
    assert users_login() == {}
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


def test_an_expired_login_is_ignored(docker: Engine, tmp_path: Path) -> None:
    login = {"auths": {"https://index.docker.io/v1/": {"auth": "bWU6b2xk"}}}
    (tmp_path / "config.json").write_text(json.dumps(login))
    docker.answers = {r"POST /images/create": (401, {"message": "incorrect username or password"})}
    assert "incorrect" in base_image._pull(client(), users_login())
    assert base_image._pull(client(), {})
    with_login, without = docker.asked("POST /images/create")
    assert with_login.headers["X-Registry-Auth"] != without.headers["X-Registry-Auth"]


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


def owned(by: str) -> dict[str, str]:
    return {LABEL: "orchbench-x-1", OWNER: by}


def test_only_objects_without_a_living_harness_are_removed(docker: Engine) -> None:
    me = this_process()
    # Process 1 lives as long as the machine, so no other process has its id with another start.
    living, dead = replace(me, pid=1, start=""), replace(me, pid=1, start="123456789")
    owners = {"mine": str(me), "living": str(living), "dead": str(dead), "old": "no owner at all"}
    there = {f"/{kind}/{name}" for kind in ("containers", "networks", "volumes") for name in owners}

    def things(path: str) -> list[dict[str, object]]:
        kind = path.split("/")[1].partition("?")[0]
        return [
            {"Id": name, "Name": name, "Labels": owned(by), "State": "running"}
            for name, by in owners.items()
            if f"/{kind}/{name}" in there
        ]

    def remove(path: str) -> tuple[int, object]:
        there.remove(path.partition("?")[0])
        return 204, b""

    docker.answers = {
        r"GET /containers/json": lambda path: (200, things(path)),
        r"GET /containers/\w+/json": lambda path: (
            200,
            {"Id": path.split("/")[2], "Config": {"Labels": owned(owners[path.split("/")[2]])}},
        ),
        r"GET /networks": lambda path: (200, things(path)),
        r"GET /volumes": lambda path: (200, {"Volumes": things(path)}),
        r"DELETE": remove,
    }
    assert remove_labelled() == 9
    assert there == {"/containers/living", "/networks/living", "/volumes/living"}


def test_new_objects_name_this_harness() -> None:
    assert labels("wheels") == {LABEL: "wheels", OWNER: str(this_process())}


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ({}, "there is no Docker Compose"),
        ({"docker": "exit 1"}, "there is no Docker Compose"),
        (
            {"docker-compose": "echo 'No module named distutils' >&2; exit 1"},
            "does not work: No module named distutils",
        ),
    ],
)
def test_a_compose_that_does_not_start(
    programs: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, line in programs.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    compose_command.cache_clear()
    with pytest.raises(EngineError, match=said) as raised:
        compose_command()
    assert raised.value.remedy
    compose_command.cache_clear()


def test_a_lost_engine_is_an_error_of_its_round(docker: Engine, tmp_path: Path) -> None:
    endpoint, exchange = Endpoint("http://127.0.0.1:1", {}), Exchange(tmp_path)
    access = Access("127.0.0.1:1", "warehouse", "", "")
    stack = ContainerStack("orchbench-x-1", endpoint, access, exchange, 0, False, Address("", 0))
    docker.answers = {"GET /containers/json": (500, {"message": "shutting down"})}
    for ask in (stack.alive, stack.kill, stack.start):
        with pytest.raises(EngineError, match="the Docker engine failed"):
            ask()
    assert "shutting down" in stack.log()
