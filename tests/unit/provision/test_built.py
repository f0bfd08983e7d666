"""Two that want the same thing built take turns."""

from pathlib import Path

import pytest

from harness.provision import built as building
from harness.provision.built import BuildError, one_builder


def test_the_second_waits_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "CACHE", tmp_path)
    monkeypatch.setattr(building, "_TURN_LIMIT_S", 0.1)
    with (
        one_builder("tool"),
        one_builder("other"),
        pytest.raises(BuildError, match=r"tool: another process"),
        one_builder("tool"),
    ):
        pass
    with one_builder("tool"):
        pass
