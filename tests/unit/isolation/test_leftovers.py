"""The objects that are removed from an engine: all those without a living harness, and no others."""

from dataclasses import replace

from engines import Engine

from harness.isolation.docker.leftovers import remove_labelled
from harness.provision.docker.engine import LABEL, OWNER
from harness.provision.owner import this_process


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
