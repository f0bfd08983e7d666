"""An honest benchmark, a folder for broken copies of it, a repository, a recorded engine, and unflushed records."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import write_benchmark
from engines import Engine, engine

from harness.provision.docker.engine import client

STALE = {"credsStore": "gone-since-the-last-update"}


@pytest.fixture(scope="session", autouse=True)
def no_sync() -> Iterator[None]:
    """Records are not flushed to disk one by one, which takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which a result can be published."""
    for name in ("docs", "results"):
        (tmp_path / name).mkdir()
    for name in ("README.md", "results/README.md"):
        (tmp_path / name).write_text("<!-- START results -->\n<!-- END results -->\n")
    return tmp_path


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
