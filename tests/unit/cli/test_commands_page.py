"""The page about commands, compared with what the command line offers."""

import re

import pytest
import typer
from typer.main import get_group

from harness.cli.commands import app
from harness.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
GROUP = get_group(app)


def test_every_command_has_a_section_and_no_other() -> None:
    assert sorted(SECTIONS) == sorted(GROUP.commands)


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_a_section_lists_every_option_of_its_command_and_no_other(name: str) -> None:
    _, command, _ = GROUP.resolve_command(typer.Context(GROUP), [name])
    assert command
    offered = {word for option in command.params for word in option.opts if word.startswith("--")}
    assert set(re.findall(r"^\| `(--[\w-]+)", SECTIONS.get(name, ""), re.MULTILINE)) == offered
