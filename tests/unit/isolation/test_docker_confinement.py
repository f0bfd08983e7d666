"""The isolation of a Compose project according to the engine, with the additions of an orchestrator's compose file."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from engines import Engine

from harness.isolation.docker.confinement import ContainerConfinement, told_by_image
from harness.orchestrators.discovery import discover
from harness.provision.docker.images import image_name

PROJECT = "orchbench-tool-abc"
HELD: dict[str, Any] = {
    "Privileged": False,
    "CapDrop": ["ALL"],
    "CapAdd": None,
    "SecurityOpt": ["no-new-privileges:true", "label=disable"],
    "NetworkMode": "orchbench-tool-abc_default",
    "PidMode": "",
    "IpcMode": "private",
    "Binds": ["/run:/exchange:rw"],
    "NanoCpus": 2_000_000_000,
    "Memory": 4 * 2**30,
    "MemorySwap": 4 * 2**30,
    "PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32000"}]},
}
LOOSE = {
    **HELD,
    "Privileged": True,
    "CapDrop": None,
    "CapAdd": ["NET_ADMIN"],
    "SecurityOpt": None,
    "PidMode": "host",
    "Binds": ["/var/run/docker.sock:/var/run/docker.sock"],
    "NanoCpus": 0,
    "MemorySwap": -1,
    "PortBindings": {"6379/tcp": [{"HostIp": "", "HostPort": "6379"}]},
}


def container(service: str, host: Mapping[str, Any], user: str, **labels: str) -> dict[str, object]:
    own = {"com.docker.compose.project": PROJECT, "com.docker.compose.service": service, **labels}
    return {"Id": service, "Name": f"/{service}", "HostConfig": host, "Config": {"User": user, "Labels": own}}


@pytest.fixture
def confinement(docker: Engine) -> ContainerConfinement:
    described = {
        "orchestrator": container("orchestrator", HELD, "orchbench", orchbench=PROJECT),
        "broker": container("broker", LOOSE, ""),
    }
    docker.answers["GET /containers/json"] = 200, [{"Id": name} for name in described]
    for name, attributes in described.items():
        docker.answers[f"GET /containers/{name}/json"] = 200, attributes
    docker.answers["GET /volumes"] = 200, {"Volumes": [{"Name": "state", "Labels": {"orchbench": PROJECT}}]}
    docker.answers["GET /networks"] = 200, [{"Id": "n", "Name": "own", "Labels": {}}]
    stack: Any = SimpleNamespace(name=PROJECT, inside=lambda *_: [1000])
    return ContainerConfinement(stack)


def test_each_part_is_returned_as_the_engine_has_it(confinement: ContainerConfinement, docker: Engine) -> None:
    parts = {part.name: part for part in confinement.parts()}
    own, broker = parts["the container orchestrator"], parts["the container broker"]
    assert (own.labelled, own.users, own.powers) == (True, ("orchbench", "1000"), ())
    assert (own.cpus, own.memory_bytes) == (2.0, 4 * 2**30)
    assert [address.loopback for address in own.reached_at] == [True]
    assert (broker.labelled, broker.users) == (False, ("",))
    assert (broker.cpus, broker.memory_bytes) == (None, None)
    assert [str(address) for address in broker.reached_at] == ["0.0.0.0:6379"]
    assert len(broker.powers) == 6
    assert parts["the volume state"].labelled
    assert not parts["the network own"].labelled
    assert all(PROJECT in request.path for request in docker.asked(r"GET /(containers/json|volumes|networks)"))


def test_leftovers_are_named(confinement: ContainerConfinement) -> None:
    assert confinement.left() == [
        "the container orchestrator",
        "the container broker",
        "the volume state",
        "the network own",
    ]


def test_an_image_has_its_variables_its_labels_and_its_layers(docker: Engine) -> None:
    image = {"Id": "sha256:0", "Config": {"Env": ["PATH=/bin"], "Labels": {"a": "b"}, "Cmd": ["./serve"]}}
    (baseline, *_) = discover()
    docker.answers[f"GET /images/{image_name(baseline)}/json"] = 200, image
    docker.answers["GET /images/sha256:0/history"] = 200, [{"CreatedBy": "sleep infinity"}, {"CreatedBy": None}]
    assert {"PATH=/bin", "a=b", "./serve", "sleep infinity"} <= set(told_by_image(baseline))
