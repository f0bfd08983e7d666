from pathlib import Path

import pytest

from harness.landing import ensure_landing
from harness.orchestrator import REPOSITORY


@pytest.fixture(scope="session")
def landing() -> Path:
    """The five landing files, downloaded once for all test sessions."""
    folder = REPOSITORY / ".cache" / "landing"
    ensure_landing(folder)
    return folder
