"""What stands for the tool's own retries until it is here: a loop and a sleep.

NEXT: remove this file, and its name in the manifest, once the tool retries by a setting.
"""

import time
from collections.abc import Callable
from typing import TypeVar

RETRIES = 2
DELAY_S = 1.0

Result = TypeVar("Result")


def retry(step: Callable[[], Result]) -> Result:
    """Call `step` until it succeeds, `RETRIES` more times at most; the last failure passes through."""
    for _ in range(RETRIES):
        try:
            return step()
        except Exception as error:
            print(f"retrying in {DELAY_S} s: {error!r}", flush=True)
            time.sleep(DELAY_S)
    return step()
