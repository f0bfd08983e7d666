"""An engine that fails or goes away, wherever it is asked: always our own error, which costs no more than a round."""

from collections.abc import Callable

import pytest
import requests
import urllib3
from docker.errors import DockerException
from isolation.engines import Engine

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.docker import doctor
from harness.isolation.docker.base_image import ensure_base
from harness.isolation.docker.build import INPUTS, find
from harness.isolation.docker.clock import demand_one_clock
from harness.isolation.docker.compose import free_subnet
from harness.isolation.docker.confinement import run_unconfined, told_by_image
from harness.isolation.docker.engine import client, remove_labelled
from harness.isolation.docker.images import (
    ensure_orchestrator,
    ensure_warehouse,
    expected_build_s,
    remove_images,
    remove_replaced,
)
from harness.isolation.docker.install import time_install
from harness.isolation.docker.isolation import Containers
from harness.orchestrators.discovery import discover

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
    "a way out": lambda: run_unconfined(("true",)),
    "an image's own words": lambda: told_by_image("x:1"),
    "the CPUs": Containers().cpus,
    "itself": Containers().describe,
}
ERRORS = [
    requests.ConnectionError("Connection aborted."),
    requests.ReadTimeout("Read timed out. (read timeout=120)"),
    urllib3.exceptions.ProtocolError("Connection broken: IncompleteRead"),
    DockerException("it is odd"),
    OSError(104, "Connection reset by peer"),
]


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_a_call_ends_with_is_an_error_of_ours(
    docker: Engine, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object], error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(client().api, "send", fail)
    with pytest.raises(HarnessError) as raised:
        ask()
    assert str(error) in str(raised.value)


def test_the_doctor_says_so(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ERRORS[2]

    monkeypatch.setattr(client().api, "send", fail)
    (finding,) = doctor.examine()
    assert (finding.level, "Connection broken" in finding.what) == ("missing", True)


def test_a_prune_that_another_is_at_already_is_none_of_ours(docker: Engine) -> None:
    docker.answers = {"POST /images/prune": (409, {"message": "a prune operation is already running"})}
    remove_replaced()
    assert docker.asked("POST /images/prune")


def test_an_image_that_went_meanwhile_is_removed(docker: Engine) -> None:
    docker.answers = {
        "GET /images/json": (200, [{"Id": "sha256:1"}]),
        "GET /images/sha256:1/json": (200, {"Id": "sha256:1"}),
        "DELETE /images/": (404, {"message": "no such image"}),
    }
    assert remove_images() == 1
