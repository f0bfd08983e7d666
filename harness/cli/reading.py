"""Which result a command is about."""

import gc
from pathlib import Path

from harness.results.folders import newest
from harness.results.result import Result, read_result


def read(folder: Path | None) -> Result:
    """Read the result in a folder; the newest of this checkout where none is named.

    From then on nobody looks for garbage in cycles, and at the end of the process nobody looks through what was read.
    A result's values are in no cycle, and to walk all of them again and again takes most of the time that a hundred
    thousand records take.
    """
    gc.disable()
    if folder is None:
        result = newest(lambda _: True, "no benchmark yet; make one", "orchbench bench")
    else:
        result = read_result(folder)
    gc.freeze()
    return result
