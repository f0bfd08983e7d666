"""An honest benchmark, a folder to garble copies of it in, and an engine that only answers what it was told to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import write_benchmark
from engines import Engine, engine

from harness.provision.docker.engine import client

STALE = {"credsStore": "gone-since-the-last-update"}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    write_benchmark(folder)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine, and a user whose configuration names a credential helper that is gone."""
    (tmp_path / "config.json").write_text(json.dumps(STALE))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    client.cache_clear()
    with engine(tmp_path) as answering:
        monkeypatch.setenv("DOCKER_HOST", answering.url)
        yield answering
    client.cache_clear()
