"""The page about commands, compared with what the command line offers."""

import re

import pytest
from typer.main import get_group

from harness.cli.commands import app
from harness.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = get_group(app).commands


def test_every_command_has_a_section_and_no_other() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_section_lists_every_option_of_its_command_and_no_other(name: str) -> None:
    offered = {word for option in COMMANDS[name].params for word in option.opts if word.startswith("--")}
    assert set(re.findall(r"^\| `(--[\w-]+)", SECTIONS.get(name, ""), re.MULTILINE)) == offered
