"""Replaces an orchestrator's retry setting: a loop and a sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

RETRIES = 2
DELAY_S = 1.0

Result = TypeVar("Result")


def retry(step: Callable[[], Result]) -> Result:
    """Call `step` until it succeeds, at most `RETRIES` more times. The last failure passes through."""
    for _ in range(RETRIES):
        try:
            return step()
        except Exception as error:
            print(f"retrying in {DELAY_S} s: {error!r}", flush=True)
            time.sleep(DELAY_S)
    return step()
