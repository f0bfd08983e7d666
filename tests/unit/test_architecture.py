"""The page about the architecture, compared with the folder tree."""

import re

from harness.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "contribute" / "architecture.md").read_text()
HARNESS = REPOSITORY / "harness"
LONGEST_FILE = 300
LONGEST_COMMAND_MODULE = 150


def rooms() -> set[str]:
    folders = {f"{path.name}/" for path in HARNESS.iterdir() if (path / "__init__.py").exists()}
    return folders | {path.name for path in HARNESS.glob("*.py") if path.name != "__init__.py"}


def test_the_table_names_exactly_the_rooms() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == rooms()


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(r"`((?:harness|pipelines)/[^`]*)`", PAGE)
    assert len(paths) > 10
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


def test_each_room_says_what_it_knows() -> None:
    for path in HARNESS.rglob("*.py"):
        assert path.read_text().startswith('"""'), path


def test_files_are_small() -> None:
    lines = {path: path.read_text().count("\n") for path in HARNESS.rglob("*.py")}
    assert [str(path) for path, count in lines.items() if count > LONGEST_FILE] == []
    commands = [path for path in (HARNESS / "cli").glob("*.py") if lines[path] > LONGEST_COMMAND_MODULE]
    assert commands == []


def test_unit_tests_mirror_the_rooms() -> None:
    tested = {path.name for path in (REPOSITORY / "tests" / "unit").iterdir() if path.is_dir()} - {"__pycache__"}
    folders = {room.rstrip("/") for room in rooms() if room.endswith("/")}
    assert tested == folders | {"reference"}
