"""The addresses of a stack's network, one of which is unused."""

import os
from pathlib import Path

import pytest
from engines import Engine

from harness.isolation.docker.compose import compose_command, free_subnet
from harness.isolation.protocol import StackError
from harness.provision.docker.engine import EngineError


def networks(*subnets: str) -> dict[str, object]:
    there = [{"Id": subnet, "IPAM": {"Config": [{"Subnet": subnet}]}} for subnet in subnets]
    return {"GET /networks": (200, [*there, {"Id": "host", "IPAM": {"Config": None}}])}


def test_unused_addresses_are_taken(docker: Engine) -> None:
    docker.answers = networks()
    first = free_subnet()
    docker.answers = networks("172.17.0.0/16", "fd00::/64", str(first))
    second = free_subnet()
    assert not second.overlaps(first)
    docker.answers = networks("198.18.0.0/15")
    with pytest.raises(StackError, match="already use all"):
        free_subnet()


def test_parallel_processes_never_request_the_same_network(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # Both look before either has created its network.
    docker.answers = networks()
    mine = free_subnet()
    another = os.getpid() + 1
    monkeypatch.setattr("os.getpid", lambda: another)
    assert not free_subnet().overlaps(mine)


def test_the_gateway_is_an_address_that_neither_the_host_nor_a_container_gets(docker: Engine) -> None:
    docker.answers = networks()
    subnet = free_subnet()
    # The engine assigns addresses in order: one for the host, and one for each container.
    assert len([*subnet.hosts()]) > 10


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ({}, "there is no Docker Compose"),
        ({"docker": "exit 1"}, "there is no Docker Compose"),
        (
            {"docker-compose": "echo 'No module named distutils' >&2; exit 1"},
            "there is no Docker Compose that can reach the engine: No module named distutils",
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
