"""New machines: no Python 3.11 for stacks, a checkout in root's home, an ordinary user."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout
from lacking import lacks
from orchestrators.assembled import BASELINE
from situations import SOMEBODY, as_somebody, mounted

from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import obstacle
from harness.paths import CACHE
from harness.provision.process import interpreter
from harness.provision.process.software import POSTGRES_VARIABLE
from harness.results.result import read_result

_BUILDS = "https://github.com/astral-sh/python-build-standalone/releases/download"
"""The address that a mirror replaces (see uv's documentation of `UV_PYTHON_INSTALL_MIRROR`)."""
_VERSION = "3.11.99"
_LEFT_OUT = {"site-packages", "dist-packages", "__pycache__", "test", "idlelib", "lib2to3"}


@pytest.fixture
def place(landing: Path) -> Iterator[Path]:
    """A folder where every user can create folders. It contains a home that only its owner can enter."""
    if missing := obstacle(Processes()):
        lacks("the isolation process", missing.what)
    Processes().prepare_warehouse(print)
    Processes().prepare(BASELINE, print)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        for each, mode in (("home", 0o700), ("tmp", 0o1777)):
            (place / each).mkdir()
            (place / each).chmod(mode)
        yield place


@pytest.fixture
def cloned(place: Path) -> Checkout:
    """A checkout in that home, with a separate cache that contains only the downloads."""
    copied = copy_checkout(place / "home" / "checkout")
    cache = copied.folder / ".cache"
    cache.unlink()
    for each in ("landing", f"wheels/{BASELINE.name}", "wheels/postgres"):
        if (CACHE / each).exists():
            shutil.copytree(CACHE / each, cache / each)
    return copied


@pytest.fixture
def mirror(place: Path) -> dict[str, str]:
    """Make a mirror with one Python, a copy of this machine's. Return the variables that name it."""
    python = Processes().interpreter.path
    asked = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    library = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    if b"libpython" in subprocess.run(["ldd", python], capture_output=True, check=False).stdout:
        lacks("a Python 3.11 without a library of its own to make a mirror of", python)
    archive = f"cpython-{_VERSION}-install_only.tar.gz"
    (place / "mirror").mkdir()
    with tarfile.open(place / "mirror" / archive, "w:gz", compresslevel=1) as tar:
        tar.add(python.resolve(), "python/bin/python3.11")
        tar.add(
            library,
            "python/lib/python3.11",
            filter=lambda member: None if member.issym() or _LEFT_OUT & {*Path(member.name).parts} else member,
        )
    build = {
        "name": "cpython",
        "arch": {"family": platform.machine(), "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 11,
        "patch": 99,
        "prerelease": "",
        "url": f"{_BUILDS}/{archive}",
        "sha256": hashlib.sha256((place / "mirror" / archive).read_bytes()).hexdigest(),
        "variant": None,
    }
    listed = place / "mirror" / "pythons.json"
    listed.write_text(json.dumps({f"cpython-{_VERSION}-linux-{platform.machine()}-gnu": build}))
    return {"UV_PYTHON_DOWNLOADS_JSON_URL": str(listed), "UV_PYTHON_INSTALL_MIRROR": (place / "mirror").as_uri()}


def _hiding(place: Path) -> list[str]:
    """Return a function that runs a command as root with a Python that no other user can run."""
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        lacks("mount namespaces", "this user may make none")
    hidden = place / "hidden"
    hidden.mkdir()
    mounts = []
    for number, path in enumerate(dict.fromkeys(each.resolve() for each in interpreter._candidates() if each.exists())):
        shutil.copy(path, hidden / str(number))
        (hidden / str(number)).chmod(0o700)
        mounts.append(f"mount --bind {hidden / str(number)} {path}")
    return ["unshare", "--mount", "sh", "-ec", "\n".join([*mounts, 'exec "$@"']), "sh"]


def _run(command: list[str], checkout: Checkout, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**checkout.environment, **variables}
    return subprocess.run(
        command, cwd=checkout.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_root_with_no_python_for_stacks_and_a_clone_in_its_home(
    cloned: Checkout, place: Path, mirror: dict[str, str]
) -> None:
    """The harness itself runs with the Python of the tests, like a newer one. Stacks cannot."""
    harness = [sys.executable, "-m", "harness.cli", "bench", "--preset", "smoke", "--only", BASELINE.name]
    for path in (cloned.folder / "pipelines").rglob("*"):
        # As from a zip archive, which loses the mode.
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = _run([*_hiding(place), *harness, "--isolation", "process"], cloned, TMPDIR=str(place / "tmp"), **mirror)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = cloned.results()
    result = read_result(folder)
    assert {each.outcome for each in result.records if each.kind == "trial"} == {"valid"}
    (apart,) = (place / "tmp").glob("orchbench-*")
    (python,) = apart.glob("python/cpython-3.11.*/bin/python3.11")
    assert [*python.parents[1].glob("lib/python3.11/__pycache__/os.*.pyc")], "each process of a stack would compile it"


def test_root_with_no_python_for_stacks_and_no_mirror_gets_the_list_of_attempts(cloned: Checkout, place: Path) -> None:
    nowhere = {"UV_PYTHON_INSTALL_MIRROR": (place / "nowhere").as_uri(), "TMPDIR": str(place / "tmp")}
    harness = [sys.executable, "-m", "harness.cli", "bench", "--isolation", "process"]
    done = _run([*_hiding(place), *harness], cloned, **nowhere)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "there is no Python 3.11 that user nobody can run. " in done.stderr
    assert "uv could not download one: error: " in done.stderr
    assert "apt-get" not in done.stderr


def test_the_baseline_passes_its_checks_for_an_ordinary_user_without_docker(cloned: Checkout, place: Path) -> None:
    """Up to the check of its folders. Later checks are the same for every user."""
    cloned.lay_results()
    subprocess.run(["chown", "-R", SOMEBODY, place / "home"], check=True)
    check = ["check", BASELINE.name, "--until", "own-folders", "--isolation", "process"]
    command = as_somebody(sys.executable, "-m", "harness.cli", *check)
    surroundings = {
        "HOME": str(place / "home"),
        "TMPDIR": str(place / "tmp"),
        "UV_CACHE_DIR": str(place / "home" / "uv-cache"),
        POSTGRES_VARIABLE: str(Processes().postgres()),
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    done = _run(command, cloned, **surroundings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ own-folders " in done.stdout


def test_a_temporary_folder_without_execute_permission_is_skipped(cloned: Checkout, place: Path) -> None:
    harness = [sys.executable, "-m", "harness.cli", "doctor"]
    with mounted("-t", "tmpfs", "-o", "noexec,mode=1777", "tmpfs", str(place / "tmp")):
        done = _run(harness, cloned, TMPDIR=str(place / "tmp"), DOCKER_HOST="unix:///nonexistent/docker.sock")
    lives = next(line for line in done.stdout.splitlines() if "stacks are stored in" in line)
    apart = Path(lives.rpartition(" ")[2])
    try:
        assert not apart.is_relative_to(place)
        assert "process: the baseline ran once and was verified" in done.stdout
        assert done.returncode == 0
    finally:
        shutil.rmtree(apart)


def test_doctor_explains_why_a_stack_does_not_run(cloned: Checkout, place: Path) -> None:
    """The disk is large enough for everything except the data of PostgreSQL."""
    variables = {"TMPDIR": str(place / "tmp"), "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    asked = "from harness.isolation.process.isolation import Processes; print(Processes().paths.rounds)"
    rounds = _run([sys.executable, "-c", asked], cloned, **variables).stdout.strip()
    with mounted("-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", rounds):
        done = _run([sys.executable, "-m", "harness.cli", "doctor", "--json"], cloned, **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["usable"] is False
    (failed,) = (each for each in told["findings"] if "does not run" in each["what"])
    assert failed["level"] == "missing"
    assert "No space left on device" in failed["what"]
    assert failed["remedy"] == f"orchbench check {BASELINE.name} --isolation process"
