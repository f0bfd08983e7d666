"""The Makefile in shells with environments of the user's, and in a checkout that was moved or copied."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from situations import SOMEBODY, as_somebody
from uv import find_uv_bin

from harness.paths import REPOSITORY
from harness.provision.installers import DIVERTING

_BACKEND = """
import zipfile

def build_editable(folder, settings=None, metadata=None):
    name = "own-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("own-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1\\n")
        wheel.writestr("own-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("own-1.dist-info/RECORD", "")
    return name
"""
_PROJECT = """
[project]
name = "own"
version = "1"
requires-python = ">=3.11"
dependencies = ["orchbench-tiny"]

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def _wheel(index: Path, name: str, files: dict[str, str]) -> str:
    """Add a wheel to an index of files, and return its digest."""
    module = name.replace("-", "_")
    info = f"{module}-1.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},"
        f"{len(text.encode())}\n"
        for path, text in files.items()
    )
    folder = index / name
    folder.mkdir(parents=True)
    path = folder / f"{module}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for each, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            member = zipfile.ZipInfo(each)
            member.external_attr = 0o100755 << 16
            wheel.writestr(member, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "index.html").write_text(f'<a href="{path.name}#sha256={digest}">{path.name}</a>')
    return digest


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of files with uv, and a package whose only program has our program's name."""
    index = tmp_path / "index"
    program = '#!python\nimport orchbench_tiny, sys; print("runs in", sys.prefix)\n'
    _wheel(
        index,
        "orchbench-tiny",
        {"orchbench_tiny.py": "", "orchbench_tiny-1.data/scripts/orchbench": program},
    )
    _wheel(index, "uv", {"uv-1.data/scripts/uv": f'#!/bin/sh\nexec {find_uv_bin()} "$@"\n'})
    return index


@pytest.fixture
def project(tmp_path: Path, index: Path) -> Path:
    """The Makefile with a project of one small package, which is locked but not installed."""
    folder = tmp_path / "checkout"
    (folder / "compose").mkdir(parents=True)
    shutil.copy(REPOSITORY / "Makefile", folder)
    (uv,) = (index / "uv").glob("*.whl")
    lock = f"uv==1 --hash=sha256:{hashlib.sha256(uv.read_bytes()).hexdigest()}\n"
    (folder / "compose" / "installer.lock").write_text(lock)
    (folder / "pyproject.toml").write_text(_PROJECT)
    (folder / "backend.py").write_text(_BACKEND)
    command = [find_uv_bin(), "lock", "--quiet", "--no-config", "--default-index", index.as_uri()]
    subprocess.run(command, cwd=folder, check=True, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """An environment of the user's, with content."""
    folder = tmp_path / "victim"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "precious.py").write_text("")
    (site / "precious-1.dist-info").mkdir()
    (site / "precious-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: precious\nVersion: 1\n")
    (site / "precious-1.dist-info" / "INSTALLER").write_text("pip\n")
    (site / "precious-1.dist-info" / "RECORD").write_text(
        "precious.py,,\nprecious-1.dist-info/METADATA,,\nprecious-1.dist-info/INSTALLER,,\nprecious-1.dist-info/RECORD,,\n"
    )
    (folder / "conda-meta").mkdir()
    return folder


def _told(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def _diverted(victim: Path) -> dict[str, str]:
    """Return the shell variables that could redirect installs, each with a plausible value."""
    given = dict.fromkeys(DIVERTING, "1")
    given |= dict.fromkeys(
        ["VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME"],
        str(victim),
    )
    given |= dict.fromkeys(["UV_PYTHON", "PIP_PYTHON"], str(victim / "bin/python"))
    given |= dict.fromkeys(
        ["UV_PROJECT", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_PYTHON_SEARCH_PATH"], str(victim)
    )
    given |= dict.fromkeys(
        ["PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_ENV_FILE"], "/nonexistent"
    )
    given |= {"UV_PYTHON_PREFERENCE": "only-managed", "PIP_NO_BINARY": ":all:", "PYTHONPATH": str(victim / "lib")}
    return given


def make(project: Path, variables: dict[str, str], run_as: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [*run_as, "make", "build", f"PYTHON={sys.executable}"],
        cwd=project,
        env={**kept, "HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "mirrored"),
    [("all", True), ("all", False), ("VIRTUAL_ENV", True)],
)
def test_make_does_not_touch_the_users_environment(
    project: Path, index: Path, victim: Path, name: str, mirrored: bool
) -> None:
    variables = _diverted(victim) if name == "all" else {name: str(victim)}
    # pip, which downloads uv, always needs an index.
    variables |= {"UV_DEFAULT_INDEX" if mirrored else "PIP_INDEX_URL": index.as_uri()}
    before = _told(victim)
    done = make(project, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == f"runs in {project / '.venv'}"
    assert _told(victim) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")
def test_files_of_a_sudo_make_are_reported_with_the_command_that_fixes_them(project: Path, index: Path) -> None:
    variables = {"UV_DEFAULT_INDEX": index.as_uri()}
    as_root = make(project, variables)
    assert as_root.returncode == 0, as_root.stderr
    (project.parent / "home").rename(project.parent / "home-of-root")
    (project.parent / "home").mkdir()
    for path in (project, *project.glob("*"), *project.glob("compose/*"), project.parent / "home"):
        if not path.name.startswith("."):
            shutil.chown(path, SOMEBODY)
    done = make(project, variables, as_somebody())
    assert done.returncode == 2
    assert done.stderr.startswith(".cache is not writable. It belongs to root, who ran make here\n  try: sudo ")
    remedy = done.stderr.splitlines()[1].partition("sudo ")[2]
    subprocess.run(remedy.split(), cwd=project, check=True)
    again = make(project, variables, as_somebody())
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(("how", "mirrored"), [("moved", True), ("copied", False)])
def test_make_works_in_a_checkout_that_was_moved_or_copied(
    project: Path,
    index: Path,
    how: str,
    mirrored: bool,
) -> None:
    variables = {"UV_DEFAULT_INDEX" if mirrored else "PIP_INDEX_URL": index.as_uri()}
    assert make(project, variables).returncode == 0
    other = project.with_name("other")
    if how == "moved":
        project.rename(other)
    else:
        shutil.copytree(project, other, symlinks=True)
    for _ in range(2):
        done = make(other, variables)
        assert (done.returncode, done.stdout.strip()) == (0, f"runs in {other / '.venv'}"), done.stderr
