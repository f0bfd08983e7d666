"""Users and interpreters of processes."""

import os
import pwd
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.provision.process import interpreter
from harness.provision.process.interpreter import NoInterpreter, find_interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User, serving_user

ME = User("me", os.getuid(), os.getgid())


def test_root_never_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert serving_user().name == "nobody"
    somebody = next(each for each in pwd.getpwall() if each.pw_uid)
    monkeypatch.setenv("SUDO_UID", str(somebody.pw_uid))
    assert serving_user().uid == somebody.pw_uid


def test_a_user_without_a_name_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 3_999_999)
    with pytest.raises(HarnessError, match="no user to run stacks as"):
        serving_user()


@pytest.fixture
def paths(tmp_path: Path) -> ProcessPaths:
    return ProcessPaths(ME, tmp_path / "paths", tmp_path / "paths" / "r")


def test_no_python_of_the_right_version_lists_the_attempts(
    monkeypatch: pytest.MonkeyPatch, paths: ProcessPaths, tmp_path: Path
) -> None:
    monkeypatch.setattr(interpreter, "_candidates", lambda: [Path("/bin/false"), Path("/nowhere/python3.11")])
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho error: no route to the mirror >&2; exit 2\n")
    uv.chmod(0o755)
    with pytest.raises(NoInterpreter) as raised:
        find_interpreter(paths, str(uv), lambda _: None)
    assert str(raised.value) == (
        "there is no Python 3.11 that user me can run. That user cannot run /bin/false. "
        "uv could not download one: error: no route to the mirror"
    )
    assert "apt-get" not in raised.value.remedy


def test_a_python_is_downloaded_only_to_a_place_that_the_serving_user_can_enter(
    monkeypatch: pytest.MonkeyPatch, paths: ProcessPaths, tmp_path: Path
) -> None:
    monkeypatch.setattr(interpreter, "_candidates", list)
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        'test "$UV_PYTHON_INSTALL_BIN" = 0 || exit 1\n'
        'mkdir -p "$UV_PYTHON_INSTALL_DIR/cpython-3.11.9/bin"\n'
        'program="$UV_PYTHON_INSTALL_DIR/cpython-3.11.9/bin/python3.11"\n'
        "printf '#!/bin/sh\\necho 3.11 3.11.9\\n' > $program; chmod 755 $program\n"
    )
    uv.chmod(0o755)
    found = find_interpreter(paths, str(uv), lambda _: None)
    assert found.path.is_relative_to(paths.folder)
    # It is downloaded once.
    assert find_interpreter(paths, "/bin/false", lambda _: None) == found


def test_another_version_is_not_taken(tmp_path: Path, paths: ProcessPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "python3.11"
    other.write_text("#!/bin/sh\necho 3.12 3.12.1\n")
    other.chmod(0o755)
    good = tmp_path / "good"
    good.write_text("#!/bin/sh\necho 3.11 3.11.9\n")
    good.chmod(0o755)
    monkeypatch.setattr(interpreter, "_candidates", lambda: [other, good])
    found = find_interpreter(paths, "/bin/false", lambda _: None)
    assert (found.path, found.version) == (good, "3.11.9")
