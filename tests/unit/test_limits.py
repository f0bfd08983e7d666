"""Nothing in the harness is waited for without a limit, as far as the code shows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.paths import REPOSITORY

HARNESS = REPOSITORY / "harness"
IN_CONTAINERS = HARNESS / "isolation" / "docker" / "bounded.py"
"""Where commands in containers get their limit."""


def unlimited(tree: ast.AST, *, bounded: bool = False) -> Iterator[str]:
    """Yield what is called without a limit: commands, their ends, and sessions of a database."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "exec_run" and not bounded:
            yield f"line {node.lineno}: exec_run has no limit: bounded.run_inside has one"
        if not isinstance(node, ast.Call):
            continue
        called, options = ast.unparse(node.func), {option.arg for option in node.keywords}
        if called.startswith("subprocess.") and called.endswith(("run", "check_call", "check_output", "call")):
            wanted = "timeout"
        elif called.endswith(".communicate") or (called.endswith(".wait") and "rocess" in called and not node.args):
            wanted = "timeout"
        elif called == "psycopg.connect":
            wanted = "connect_timeout"
        else:
            continue
        if wanted not in options:
            yield f"line {node.lineno}: {called} has no {wanted}"
    yield from _containers_run_to_their_end(tree, bounded=bounded)


def _containers_run_to_their_end(tree: ast.AST, *, bounded: bool) -> Iterator[str]:
    """Yield where a container is waited for by docker-py, which waits for ever."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("containers.run"):
            detached = any(option.arg == "detach" for option in node.keywords)
            if not (detached or bounded):
                yield f"line {node.lineno}: containers.run has no limit: bounded.run_container has one"


@pytest.mark.parametrize("path", sorted(HARNESS.rglob("*.py")), ids=lambda path: str(path.relative_to(HARNESS)))
def test_whatever_is_waited_for_has_a_limit(path: Path) -> None:
    if "template/files" in str(path):
        return
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
def test_what_has_none_is_found(code: str) -> None:
    assert len(list(unlimited(ast.parse(code)))) == 1
