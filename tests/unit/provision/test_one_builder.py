"""Two that want the same thing built take turns."""

from pathlib import Path

import pytest

from harness.provision import one_builder as building
from harness.provision.built import BuildError
from harness.provision.one_builder import one_builder


def test_the_second_waits_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
