"""Reads the result of a command."""

import gc
from pathlib import Path

from harness.results.folders import newest
from harness.results.joined import read_folder
from harness.results.result import Result


def read(folder: Path | None) -> Result:
    """Read the result in a folder, by default the newest of this checkout.

    This disables the cycle collector. A result's values are in no cycle, and scanning them repeatedly takes most of the
    time for a hundred thousand records.
    """
    gc.disable()
    if folder is None:
        result = newest(lambda _: True, "there is no benchmark yet", "orchbench bench")
    else:
        result = read_folder(folder)
    gc.freeze()
    return result
