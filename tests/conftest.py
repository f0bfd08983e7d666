"""What all tests share: the landing files, and a real engine with what it needs, or a loud reason why not."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from harness.experiment.envelope import Envelope
from harness.isolation.docker.engine import LABEL, EngineError, client, compose_command, remove_labelled
from harness.isolation.docker.images import WAREHOUSE, ensure_orchestrator, ensure_warehouse
from harness.isolation.docker.isolation import Containers
from harness.isolation.host_lock import exclusive
from harness.isolation.protocol import Built
from harness.measure.landing import ensure_landing
from harness.measure.stack import Stack, launch, wait_ready
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING

Serve = Callable[..., AbstractContextManager[Stack]]


@pytest.fixture(scope="session")
def landing() -> Path:
    """The five landing files, downloaded once for all test sessions."""
    ensure_landing(LANDING)
    return LANDING


@pytest.fixture(scope="session")
def engine(landing: Path) -> None:
    """Demand a Docker engine: skip without one, but fail in CI, where its absence would hide every test here."""
    try:
        client()
        compose_command()
    except EngineError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a Docker engine: {error}")
        pytest.skip(f"INTEGRATION TESTS NOT RUN: {error}")
    with exclusive():
        remove_labelled()
        ensure_warehouse(print)


@pytest.fixture(scope="session")
def image(engine: None) -> Callable[[Manifest], Built]:
    """Build an orchestrator's image where it is missing."""

    def build(manifest: Manifest) -> Built:
        with exclusive():
            return ensure_orchestrator(manifest, print)

    return build


@pytest.fixture(scope="session")
def serve(engine: None) -> Serve:
    """Serve an orchestrator whose image is there; the machine is this test's alone meanwhile."""

    @contextmanager
    def ready(
        manifest: Manifest, profile: str = "defaults", envelope: Envelope | None = None, port: int | None = None
    ) -> Iterator[Stack]:
        with exclusive(), launch(Containers(), manifest, profile, envelope or Envelope(), port) as stack:
            wait_ready(stack, stack.running.started_ns)
            yield stack

    return ready


@pytest.fixture(scope="module")
def warehouse_url(engine: None) -> Iterator[str]:
    """A warehouse container of one test module's own."""
    password = secrets.token_urlsafe(16)
    with exclusive():
        container = client().containers.run(
            WAREHOUSE,
            detach=True,
            environment={"POSTGRES_PASSWORD": password, "POSTGRES_DB": "warehouse"},
            ports={"5432/tcp": ("127.0.0.1", None)},
            labels={LABEL: "tests"},
        )
        try:
            yield _when_it_answers(container, password)
        finally:
            container.remove(force=True, v=True)


def _when_it_answers(container, password: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        container.reload()
        published = container.ports.get("5432/tcp")
        try:
            assert published, "no port is published yet"
            url = f"postgresql://orchbench:{password}@127.0.0.1:{published[0]['HostPort']}/warehouse"
            psycopg.connect(url, connect_timeout=5).close()
        except (AssertionError, psycopg.OperationalError):
            if time.monotonic() > deadline:
                pytest.fail(f"the warehouse did not answer:\n{container.logs(tail=30).decode()}")
            time.sleep(0.25)
        else:
            return url
