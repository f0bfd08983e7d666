"""Checks who can write this checkout. Files that root has created here are only writable by root."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.errors import HarnessError
from harness.paths import CACHE, REPOSITORY, RESULTS, RUNS
from harness.provision.owner import user_name

_DEPTH = 3
"""The depth of one environment's folder. Its content is only read."""
_READ_ALONE = {"uv", "python"}
"""Folders of the cache that nothing is written into once they are there."""


def demand_own_checkout(*also: Path) -> None:
    """Raise `HarnessError` if this user cannot write the files of a stack, or the folders `also`."""
    if not os.access(REPOSITORY, os.W_OK):
        raise HarnessError(
            f"{REPOSITORY} is not writable, but results and caches are stored in it. Use a copy",
            remedy=f"cp -r {shlex.quote(str(REPOSITORY))} ~/",
        )
    # A parallel harness may just have removed a path.
    refused = next((path for path in (*_written(), *also) if not os.access(path, os.W_OK) and path.exists()), None)
    if refused is None:
        return
    me, owner = os.geteuid(), refused.stat().st_uid
    if me in (0, owner):
        raise HarnessError(f"{refused} is not writable", remedy=f"chmod -R u+rwX {shlex.quote(str(refused))}")
    tops = [path for path in (CACHE, RUNS, RESULTS, REPOSITORY / ".venv") if path.exists()]
    raise HarnessError(
        f"{refused} belongs to {user_name(owner)} and is not writable for {user_name(me)}, because {user_name(owner)} "
        "has run orchbench or make here",
        remedy=f"sudo chown -R {me} {shlex.join(str(path.resolve()) for path in tops)}",
    )


def _written() -> Iterator[Path]:
    """Yield the existing paths that a benchmark writes, outermost folders first."""
    yield from (path for path in (CACHE, RUNS, RESULTS) if path.exists())
    for place, names, files in os.walk(CACHE):
        folder = Path(place)
        depth = len(folder.relative_to(CACHE).parts)
        names[:] = [name for name in names if depth or name not in _READ_ALONE] if depth < _DEPTH else []
        yield from (folder / name for name in names)
        if folder.name == "building":
            yield from (folder / name for name in files)
