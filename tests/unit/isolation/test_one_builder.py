"""Two processes that build the same thing take turns."""

from pathlib import Path

import pytest

from harness.isolation import one_builder as building
from harness.isolation.one_builder import one_builder
from harness.isolation.protocol import BuildError


def test_the_second_waits_but_not_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "CACHE", tmp_path)
    monkeypatch.setattr(building, "_LIMIT_S", 0.1)
    with (
        one_builder("tool"),
        one_builder("other"),
        pytest.raises(BuildError, match=r"tool: another process"),
        one_builder("tool"),
    ):
        pass
    with one_builder("tool"):
        pass
