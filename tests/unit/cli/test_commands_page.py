"""The page about commands, compared with the command line."""

import re

import pytest
import typer
from typer.main import get_group

from harness.cli.commands import app
from harness.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
GROUP = get_group(app)


def test_every_command_has_a_section_and_there_are_no_others() -> None:
    assert sorted(SECTIONS) == sorted(GROUP.commands)


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_a_section_lists_exactly_the_options_of_its_command(name: str) -> None:
    _, command, _ = GROUP.resolve_command(typer.Context(GROUP), [name])
    assert command
    offered = {word for option in command.params for word in option.opts if word.startswith("--")}
    assert set(re.findall(r"^\| `(--[\w-]+)", SECTIONS.get(name, ""), re.MULTILINE)) == offered
