"""Windows line ends in scripts: the kernel takes the carriage return for a part of the interpreter's name."""

from collections.abc import Iterable
from pathlib import Path

from harness.errors import HarnessError


class LineEndError(HarnessError):
    """Programs of this checkout cannot be run, because of their line ends."""


def demand_unix_lines(files: Iterable[Path]) -> None:
    """Raise `LineEndError` if any of these files is a script whose first line ends with a carriage return."""
    broken = [path for path in files if _has_carriage_return(path)]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise LineEndError(
            f"{broken[0]} has Windows line ends, so it cannot be run{more}",
            remedy=f"sed -i 's/\\r$//' {' '.join(map(str, broken))}",
        )


def _has_carriage_return(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline(256)
    return line.startswith(b"#!") and line.endswith(b"\r\n")
