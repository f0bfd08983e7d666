"""`make` on a machine with few programs."""

import shutil
import subprocess
from pathlib import Path

from harness.paths import REPOSITORY

ENOUGH = ("make", "sh", "grep", "sed")


def test_make_without_a_target_lists_every_target(tmp_path: Path) -> None:
    for name in ENOUGH:
        found = shutil.which(name)
        assert found, name
        (tmp_path / name).symlink_to(found)
    done = subprocess.run(
        ["make"], cwd=REPOSITORY, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "  make help         Show this help"
    assert any(line.startswith("  make conformance  Check every built-in orchestrator") for line in lines)
