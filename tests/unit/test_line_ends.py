"""A clone has the same bytes with every line-end setting of git."""

import shutil
import subprocess
from pathlib import Path

from harness.paths import REPOSITORY

FILES = {
    "compose/install": b"#!/bin/sh\necho installed\n",
    "pipelines/plain/requirements.lock": b"a==1\n",
    "results/one/records.jsonl": b'{"kind":"code"}\r\n{"kind":"setup"}\n',
}


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_clone_for_windows_has_the_same_bytes(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    for name, content in FILES.items():
        (origin / name).parent.mkdir(parents=True)
        (origin / name).write_bytes(content)
    shutil.copy(REPOSITORY / ".gitattributes", origin)
    git(origin, "init", "--quiet")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "-m", "one")
    git(tmp_path, "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "--quiet", "origin", "clone")
    assert {name: (tmp_path / "clone" / name).read_bytes() for name in FILES} == FILES
