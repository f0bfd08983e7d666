"""An engine that fails or disappears is always a harness error, which costs at most a round."""

from collections.abc import Callable

import pytest
import requests
import urllib3
from docker.errors import APIError, DockerException
from engines import Engine

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.docker import doctor
from harness.isolation.docker.compose import free_subnet
from harness.isolation.docker.confinement import run_unconfined, told_by_image
from harness.isolation.docker.doctor import demand_one_clock
from harness.isolation.docker.isolation import Containers
from harness.isolation.docker.leftovers import remove_labelled
from harness.orchestrators.discovery import discover
from harness.provision.docker.base_image import ensure_base
from harness.provision.docker.build import INPUTS, find
from harness.provision.docker.engine import client
from harness.provision.docker.images import (
    ensure_orchestrator,
    ensure_warehouse,
    expected_build_s,
    remove_images,
    remove_replaced,
)
from harness.provision.docker.install import time_install

BASELINE = discover()[0]
ASKED: dict[str, Callable[[], object]] = {
    "an image": lambda: find("x:1", INPUTS, "0"),
    "the base": lambda: ensure_base(print),
    "the warehouse": lambda: ensure_warehouse(print),
    "an orchestrator": lambda: ensure_orchestrator(BASELINE, Envelope(), print),
    "what is to be built": lambda: expected_build_s([BASELINE]),
    "what a build replaced": remove_replaced,
    "all images": remove_images,
    "an install": lambda: time_install(BASELINE, Envelope()),
    "the clock": demand_one_clock,
    "a subnet": free_subnet,
    "the leftovers": remove_labelled,
    "a way out": lambda: run_unconfined("true"),
    "an image's own words": lambda: told_by_image(BASELINE),
    "the CPUs": Containers().cpus,
    "itself": Containers().describe,
}
SERVER_ERROR = requests.Response()
SERVER_ERROR.status_code = 500
ERRORS = [
    (requests.ConnectionError("Connection aborted."), "the connection to it was lost"),
    (requests.ReadTimeout("Read timed out. (read timeout=120)"), "it did not respond within 120 s"),
    (urllib3.exceptions.ProtocolError("Connection broken: IncompleteRead"), "the connection to it was lost"),
    (APIError("500 Server Error for http+docker://localhost/v1.41/info", SERVER_ERROR), "it returned HTTP status 500"),
    (APIError("500 Server Error for http+docker://localhost/v1.41/info", SERVER_ERROR, "no space"), "no space"),
    (DockerException("it is odd"), "it is odd"),
    (OSError(104, "Connection reset by peer"), "Connection reset by peer"),
]


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize(("error", "words"), ERRORS, ids=lambda each: type(each).__name__)
def test_every_failed_call_is_a_harness_error(
    docker: Engine, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object], error: Exception, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(client().api, "send", fail)
    with pytest.raises(HarnessError) as raised:
        ask()
    assert words in str(raised.value)
    assert "http+docker" not in str(raised.value)


def test_the_doctor_reports_it(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise urllib3.exceptions.ProtocolError("Connection broken: IncompleteRead")

    monkeypatch.setattr(client().api, "send", fail)
    (finding,) = doctor.examine()
    assert (finding.level, "the connection to it was lost" in finding.what) == ("missing", True)


def test_a_parallel_prune_is_not_an_error(docker: Engine) -> None:
    docker.answers = {"POST /images/prune": (409, {"message": "a prune operation is already running"})}
    remove_replaced()
    assert docker.asked("POST /images/prune")


def test_an_image_that_disappeared_meanwhile_counts_as_removed(docker: Engine) -> None:
    docker.answers = {
        "GET /images/json": (200, [{"Id": "sha256:1"}]),
        "GET /images/sha256:1/json": (200, {"Id": "sha256:1"}),
        "DELETE /images/": (404, {"message": "no such image"}),
    }
    assert remove_images() == 1


def test_images_are_removed_before_their_base_images(docker: Engine) -> None:
    created = {"parent": "2026-01-01T00:00:00Z", "child": "2026-01-02T00:00:00Z", "grandchild": "2026-01-03T00:00:00Z"}
    docker.answers = {"GET /images/json": (200, [{"Id": name} for name in created]), "DELETE /images/": (200, [])}
    for name, moment in created.items():
        docker.answers[f"GET /images/{name}/json"] = (200, {"Id": name, "Created": moment})
    assert remove_images() == len(created)
    assert [each.path.partition("?")[0] for each in docker.asked("DELETE /images/")] == [
        "/images/grandchild",
        "/images/child",
        "/images/parent",
    ]
