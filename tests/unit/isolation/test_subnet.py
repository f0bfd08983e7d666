"""The addresses of a stack's network, one of which is unused."""

import os
from ipaddress import IPv4Address

import pytest
from isolation.engines import Engine

from harness.isolation.docker.compose import free_subnet, nobodys
from harness.isolation.protocol import StackError


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
    assert IPv4Address(nobodys(subnet)) in [*subnet.hosts()][10:]
