"""Fixtures for tests of the engine's client: an engine with fixed answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from isolation.engines import Engine, engine

from harness.isolation.docker.engine import client

STALE = {"credsStore": "gone-since-the-last-update"}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine, and a user whose configuration names a missing credential helper."""
    (tmp_path / "config.json").write_text(json.dumps(STALE))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    client.cache_clear()
    with engine(tmp_path) as answering:
        monkeypatch.setenv("DOCKER_HOST", answering.url)
        yield answering
    client.cache_clear()
