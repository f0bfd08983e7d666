"""Compares the rows of two Parquet files, because another version of the library can store the same rows differently.

This runs in a separate process. On some damaged files, the library prints hundreds of lines and raises an error that
`except Exception` does not catch.
"""

import io
import subprocess
import sys
from pathlib import Path

_LIMIT_S = 300.0


def same_rows(path: Path, other: bytes) -> bool:
    """Compare a file with the content of another. An unreadable file counts as empty."""
    command = [sys.executable, "-m", __name__, str(path)]
    try:
        done = subprocess.run(command, input=other, capture_output=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _main() -> int:
    import polars as pl

    return int(not pl.read_parquet(sys.argv[1]).equals(pl.read_parquet(io.BytesIO(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    sys.exit(_main())
