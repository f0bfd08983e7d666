"""Retries with a delay that doubles each time."""

import time
from collections.abc import Callable
from typing import TypeVar

RETRIES = 2
DELAY_S = 1.0

Result = TypeVar("Result")


def retry(step: Callable[[], Result]) -> Result:
    """Call `step` until it succeeds, `RETRIES` more times at most."""
    for number in range(RETRIES):
        try:
            return step()
        except Exception:
            time.sleep(DELAY_S * 2**number)
    return step()
