"""An honest benchmark, and copies of it to edit."""

from pathlib import Path

import pytest
from benchmarks import write_benchmark
from objections import copy


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    write_benchmark(folder)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    return copy(honest, tmp_path)
