"""Reading a lock."""

from pathlib import Path

import pytest

from harness.orchestrators.lock import Lock, LockLine, read_lock


@pytest.fixture
def locked(tmp_path: Path) -> Lock:
    path = tmp_path / "requirements.lock"
    path.write_text(
        "\n".join(
            [
                "# made by hand",
                "Flask.SQLAlchemy==3.1.1 \\",
                "    --hash=sha256:aa \\",
                "    --hash=sha256:bb",
                "    # via nobody",
                "moto[server]==5.1.0 ; python_version > '3' --hash=sha256:cc",
                "bare==1",
                "./local  # from here",
            ]
        )
    )
    return read_lock(path)


def test_each_pin_has_its_version_its_line_and_its_hashes(locked: Lock) -> None:
    assert [(pin.name, pin.version, pin.line) for pin in locked.pins] == [
        ("flask-sqlalchemy", "3.1.1", 2),
        ("moto", "5.1.0", 6),
        ("bare", "1", 7),
    ]
    first, second, bare = locked.pins
    assert first.hashes == (LockLine(3, "sha256:aa"), LockLine(4, "sha256:bb"))
    assert second.hashes == (LockLine(6, "sha256:cc"),)
    assert bare.hashes == ()


def test_a_line_that_is_not_a_pin_is_reported(locked: Lock) -> None:
    assert locked.strange == (LockLine(8, "./local"),)


def test_a_package_is_found_in_every_spelling_of_its_name(locked: Lock) -> None:
    found = locked.pin("flask_sqlalchemy")
    assert found is not None
    assert found.version == "3.1.1"
    assert locked.pin("flask") is None
