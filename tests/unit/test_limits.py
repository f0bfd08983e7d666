"""No wait in the harness is without a time limit, as far as the code shows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.paths import REPOSITORY

HARNESS = REPOSITORY / "harness"
IN_CONTAINERS = HARNESS / "provision" / "docker" / "engine.py"
"""The module in which commands in containers get their limit."""


def unlimited(tree: ast.AST, *, bounded: bool = False) -> Iterator[str]:
    """Yield calls without a limit: commands, their ends, containers, and sessions of a database."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "exec_run" and not bounded:
            yield f"line {node.lineno}: exec_run has no limit: engine.run_inside has one"
        if isinstance(node, ast.Call):
            called, options = ast.unparse(node.func), {option.arg for option in node.keywords}
            if called.endswith("containers.run") and "detach" not in options and not bounded:
                yield f"line {node.lineno}: {called} has no limit: engine.run_container has one"
            if (wanted := _limit_of(called, positional=bool(node.args))) and wanted not in options:
                yield f"line {node.lineno}: {called} has no {wanted}"


def _limit_of(called: str, *, positional: bool) -> str:
    """Return the option that a call must have, or "" if it needs none."""
    commands = ("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output")
    if called in commands or called.endswith(".communicate"):
        return "timeout"
    if called.endswith("rocess.wait") and not positional:
        return "timeout"
    return "connect_timeout" if called == "psycopg.connect" else ""


@pytest.mark.parametrize("path", sorted(HARNESS.rglob("*.py")), ids=lambda path: str(path.relative_to(HARNESS)))
def test_every_wait_has_a_limit(path: Path) -> None:
    assert list(unlimited(ast.parse(path.read_text()), bounded=path == IN_CONTAINERS)) == []


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run(['sleep', '1'])",
        "subprocess.check_output('true')",
        "process.communicate()",
        "self._process.wait()",
        "container.exec_run(['true'])",
        "client().containers.run('image', ['true'])",
        "psycopg.connect(url)",
    ],
)
def test_a_wait_without_a_limit_is_found(code: str) -> None:
    assert len(list(unlimited(ast.parse(code)))) == 1
