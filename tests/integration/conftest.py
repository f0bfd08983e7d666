"""What integration tests share: a real engine, or a loud reason why not; the machine's lock; a real warehouse."""

import os
import secrets
import time
from collections.abc import Iterator

import psycopg
import pytest

from harness.engine import LABEL, EngineError, client, compose_command, remove_leftovers
from harness.images import WAREHOUSE, ensure_orchestrator, ensure_warehouse
from harness.landing import ensure_landing
from harness.lock import exclusive
from harness.orchestrator import Manifest
from harness.stack import LANDING


@pytest.fixture(scope="session")
def engine() -> None:
    """Demand a Docker engine: skip without one, but fail in CI, where its absence would hide every test here."""
    try:
        client()
        compose_command()
    except EngineError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a Docker engine: {error}")
        pytest.skip(f"INTEGRATION TESTS NOT RUN: {error}")
    ensure_landing(LANDING)
    with exclusive():
        remove_leftovers()
        ensure_warehouse(print)


@pytest.fixture
def alone(engine: None) -> Iterator[None]:
    """Hold the machine's lock for a test that brings up stacks itself."""
    with exclusive():
        yield


@pytest.fixture(scope="session")
def image(engine: None):
    """Build an orchestrator's image where it is missing."""

    def build(manifest: Manifest):
        with exclusive():
            return ensure_orchestrator(manifest, print)

    return build


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
