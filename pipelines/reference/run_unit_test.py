#!/usr/bin/env python
"""Runs a pipeline's own test, `unit_test` in its folder, once its warehouse answers.

Writes `unit_test.json` next to the events: `test_s` in seconds, and `exit_status`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

LIMIT_S = 60
PIPELINE = Path(__file__).parents[1] / "pipeline"


def main() -> None:
    """Wait for the warehouse, at most a minute, then run the test."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"], connect_timeout=5).close()
            break
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"the warehouse did not answer in {LIMIT_S} s: {error}")
            time.sleep(0.1)
    begun = time.monotonic()
    status = subprocess.call([PIPELINE / "unit_test"], cwd=PIPELINE)
    told = {"test_s": time.monotonic() - begun, "exit_status": status}
    file = Path(os.environ["ORCHBENCH_EVENTS"]).with_name("unit_test.json")
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(json.dumps(told))
    unfinished.rename(file)


if __name__ == "__main__":
    main()
