"""A newcomer's first hour: a folder from `new` keeps lint and tests green, whatever its name is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout

FIRST, SAMPLE = "aardvark", "tool"
"""One name that comes first wherever orchestrators are sorted, and one that samples of unit tests use."""
_OF_THIS_RUN = {"VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
"""Variables of the make that runs these tests, which a newcomer's shell does not have."""


MORE = {
    'ui = "/health"': 'measured_by_default = true\nui = "/health"',
    "[unsupported.cancelled]": """metadata_database = true

[profiles.defaults.settings.DATABASE]
value = "${METADATA}"
reason = "it keeps nothing without one"
docs = "https://docs.python.org/3.11/library/sqlite3.html"

[profiles.safe]
trial_s = 900
poll_period_s = 60

[unsupported.cancelled]""",
    '"compose/stack.yaml"': '"compose/stack.yaml", "compose/metadata.yaml"',
}


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    copied = copy_checkout(tmp_path_factory.mktemp("newcomer"))
    for name in (FIRST, SAMPLE):
        shutil.rmtree(copied.folder / "pipelines" / name, ignore_errors=True)
        code, output = copied.run("new", name)
        assert code == 0, output
    # It has every feature: it takes part by default, has an extra profile, and a database.
    manifest = copied.folder / "pipelines" / FIRST / "orchestrator.toml"
    text = manifest.read_text()
    for before, after in MORE.items():
        assert before in text, f"{before} is written otherwise now"
        text = text.replace(before, after)
    manifest.write_text(text)
    return copied


def test_a_new_folder_keeps_lint_and_tests_green(newcomer: Checkout) -> None:
    newcomer.demand_green(FIRST)


def test_check_finds_what_make_lint_would(newcomer: Checkout) -> None:
    code, output = newcomer.run("check", SAMPLE, "--until", "lint")
    assert code == 0, output
    etl = newcomer.folder / "pipelines" / SAMPLE / "etl.py"
    before = etl.read_text()
    etl.write_text(f"import os;x = 1\n{before}")
    code, output = newcomer.run("check", SAMPLE, "--until", "lint")
    etl.write_text(before)
    assert code == 1
    assert "✗ lint" in output
    assert "E702" in output
    assert "ruff would format its Python code differently" in output
    assert "→ run `make format`" in output


def test_make_env_says_where_orchbench_is(newcomer: Checkout) -> None:
    if not (newcomer.folder / ".cache/uv/bin/uv").exists():
        pytest.skip("uv was not installed by make")
    environment = {name: value for name, value in os.environ.items() if name not in _OF_THIS_RUN}
    done = subprocess.run(
        ["make", "env"],
        cwd=newcomer.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = Path(done.stdout.splitlines()[0].removeprefix("created: "))
    assert made == newcomer.folder / ".venv/bin/orchbench"
    listed = subprocess.run([made, "list"], cwd=newcomer.folder, capture_output=True, text=True, check=False)
    assert (listed.returncode, FIRST in listed.stdout) == (0, True), listed.stderr
