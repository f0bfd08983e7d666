"""The command line without Docker: what a mistake gets, and what needs no engine."""

from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return copy_checkout(tmp_path)


def test_no_docker_is_one_sentence_and_the_remedy(checkout: Checkout) -> None:
    code, output = checkout.run("bench", **NO_ENGINE)
    assert code == 2
    assert "no Docker engine answers; start it with:" in output
    assert "Traceback" not in output


def test_doctor_without_docker_names_the_remedy(checkout: Checkout) -> None:
    code, output = checkout.run("doctor", **NO_ENGINE)
    assert code == 2
    assert "missing no Docker engine answers" in output
    assert "mend it with: sudo systemctl start docker" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bench", "--only", "nobody"], "no orchestrator 'nobody'; there are: plain"),
        (["bench", "--laps", "0"], "--laps"),
        (["bench", "--preset", "huge"], "--preset"),
        (["ui", "nobody"], "no orchestrator 'nobody'"),
        (["bench", "--resume", "--laps", "2"], "leave out --only, --laps and --seed"),
        (["nonsense"], "nonsense"),
        (["report", "nowhere"], "nowhere"),
        (["report"], "no benchmark yet"),
    ],
)
def test_misuse_is_worded_and_exits_with_2(checkout: Checkout, arguments: list[str], words: str) -> None:
    code, output = checkout.run(*arguments, **NO_ENGINE)
    assert code == 2, output
    assert words in output
    assert "Traceback" not in output


@pytest.mark.parametrize("command", [[], ["bench"], ["report"], ["list"], ["doctor"], ["ui"], ["clean"]])
def test_help_has_examples(checkout: Checkout, command: list[str]) -> None:
    code, output = checkout.run(*command, "--help")
    assert code == 0
    assert "Example" in output


def test_a_broken_manifest_is_named(checkout: Checkout) -> None:
    manifest = checkout.folder / "pipelines" / "plain" / "orchestrator.toml"
    manifest.write_text(manifest.read_text().replace("port = 8000", 'port = "http"'))
    code, output = checkout.run("list")
    assert code == 2
    assert "plain/orchestrator.toml: port: Input should be a valid integer" in output.replace("\n", "")


def test_an_orchestrator_is_gone_when_its_two_paths_are(checkout: Checkout) -> None:
    _, before = checkout.run("list")
    names = [path.parent.name for path in checkout.folder.glob("pipelines/*/driver.py")]
    gone = next(name for name in sorted(names) if name != "plain")
    for path in sorted((checkout.folder / "pipelines" / gone).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (checkout.folder / "pipelines" / gone).rmdir()
    (checkout.folder / "compose" / f"{gone}.yaml").unlink()
    code, after = checkout.run("list")
    assert code == 0
    assert gone in before
    assert gone not in after
