"""The machine's lock: one place for every user and TMPDIR, and its holder is named."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.machine.host_lock import VARIABLE, Busy, LockError, exclusive
from harness.paths import REPOSITORY

HOLD = """
import os, sys
from pathlib import Path
from harness.machine.host_lock import exclusive
os.umask(0o077)
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can play two users")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder like /tmp: for everyone, and sticky."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o1777)
        yield Path(name)


def holder(lock: Path, *uid: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock), *map(str, uid)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(lock.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_place_is_the_same_for_every_tmpdir(tmp_path: Path) -> None:
    where = [
        subprocess.run(
            [sys.executable, "-c", "from harness.machine.host_lock import lock_file; print(lock_file())"],
            cwd=REPOSITORY,
            env={**os.environ, "TMPDIR": str(folder), VARIABLE: ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder in (tmp_path, Path("/tmp"))
    ]
    assert where[0] == where[1]


def test_another_place_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "named"))
    process = holder(tmp_path / "named")
    with pytest.raises(Busy, match=f"process {process.pid}"), exclusive():
        pass
    process.kill()
    process.wait()


def test_the_holder_is_named_and_the_kernel_releases_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    process = holder(lock)
    with pytest.raises(Busy, match=rf"process {process.pid} of \w+"), exclusive(lock):
        pass
    process.kill()
    process.wait()
    with exclusive(lock):
        pass


def test_the_holder_is_named_by_its_command_its_folder_and_its_start(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    with pytest.raises(Busy) as raised, exclusive(tmp_path / "lock"):
        pass
    process.kill()
    process.wait()
    command = re.escape(f"`-c {tmp_path / 'lock'}` in {REPOSITORY}")
    assert re.search(rf"is running: {command}, since \d{{4}}-\d\d-\d\d \d\d:\d\d \(process", str(raised.value))


def test_a_wait_names_the_holder_once_and_ends_with_it(tmp_path: Path) -> None:
    process = holder(tmp_path / "lock")
    told: list[str] = []
    end = threading.Timer(1.2, process.kill)
    end.start()
    with exclusive(tmp_path / "lock", told.append):
        assert process.wait() != 0
    assert len(told) == 1
    assert f"process {process.pid} of" in told[0]


@pytest.mark.parametrize(
    "hostile",
    [
        {"words": "\x1b[2J" + "x" * 3000},
        {"words": "/a\nb"},
        {"words": "\x1b]0;owned\x07"},
        {"words": 7},
        {"owner": "1/2/3"},
        {"owner": 7},
    ],
)
def test_hostile_content_of_the_lock_is_one_printable_line(tmp_path: Path, hostile: dict[str, object]) -> None:
    lock = tmp_path / "lock"
    process = holder(lock)
    lock.write_text(json.dumps(json.loads(lock.read_text()) | hostile))
    with pytest.raises(Busy) as raised, exclusive(lock):
        pass
    process.kill()
    process.wait()
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


def test_an_earlier_holder_is_not_mistaken_for_the_current_one(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    process = holder(lock)
    lock.write_text("2f6a/1/2/3 someone")
    with pytest.raises(Busy, match="an unknown process"), exclusive(lock):
        pass
    process.kill()
    process.wait()


@as_root
def test_two_users_share_it_whatever_their_umask(shared: Path) -> None:
    lock = shared / "lock"
    other = holder(lock, NOBODY)
    with pytest.raises(Busy, match=f"process {other.pid} of nobody"), exclusive(lock):
        pass
    other.kill()
    other.wait()
    with exclusive(lock):
        pass
    assert lock.stat().st_mode & 0o777 == 0o666


@as_root
def test_a_read_only_file_is_still_a_lock(shared: Path) -> None:
    lock = shared / "lock"
    lock.write_text("17 an older version's words")
    lock.chmod(0o644)
    other = holder(lock, NOBODY)
    with pytest.raises(Busy, match="an unknown process"), exclusive(lock):
        pass
    other.kill()
    other.wait()


def test_a_folder_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.mkdir()
    with pytest.raises(LockError, match=r"it belongs to .*, is a directory") as raised, exclusive(lock):
        pass
    assert raised.value.remedy == f"sudo rm -r {lock}"


def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, flags: int) -> int:
        if flags & os.O_EXCL:
            raise FileExistsError
        raise PermissionError(13, "Permission denied")

    lock = tmp_path / "lock"
    lock.touch(0o600)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(LockError, match=r"it belongs to .*, permission denied") as raised, exclusive(lock):
        pass
    assert raised.value.remedy == f"sudo chmod 666 {lock}"
