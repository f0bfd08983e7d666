"""Shell variables about another database or another Compose project reach no stack."""

import os
import subprocess
import sys

from harness.paths import REPOSITORY


def test_variables_of_libpq_and_compose_are_removed() -> None:
    ask = "from harness.cli.process_setup import normalize; normalize(); import os; print(*os.environ)"
    told = {"PGHOST": "db", "COMPOSE_FILE": "mine.yaml", "COMPOSE_PROFILES": "all", "KEPT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=REPOSITORY,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.keys() & {*done.stdout.split()} == {"KEPT"}
