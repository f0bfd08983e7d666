"""What of an orchestrator's folder a stack gets: its code, and nothing that only the harness or a person reads."""

from pathlib import Path

from harness.isolation.sources import sources


def test_a_change_of_notes_builds_nothing_anew(tmp_path: Path) -> None:
    for name in ("etl.py", "NOTES.md", "driver.py", "orchestrator.toml", "requirements.in"):
        (tmp_path / name).touch()
    assert [path.name for path in sources(tmp_path)] == ["etl.py"]
