"""A copy of an honest benchmark to edit."""

from pathlib import Path

import pytest
from objections import copy


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    return copy(honest, tmp_path)
