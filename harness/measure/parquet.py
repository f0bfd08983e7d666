"""The canonical form of a Parquet file. It is read in a process of its own, which imports no more than this."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_ROWS_PER_BLOCK = 20_000


@dataclass(frozen=True)
class Parquet:
    """The columns of a file, and the number of rows and the hash of its canonical form."""

    columns: list[str]
    rows: int
    sha256: str


def read_parquet(path: Path, key: list[str]) -> Parquet:
    """Read a file and put its rows in key order; raises what polars raises."""
    # Imported here: the harness itself imports this module and must not carry polars.
    import polars as pl

    frame = pl.read_parquet(path)
    digest = hashlib.sha256()
    for rows in frame.sort(key).iter_slices(_ROWS_PER_BLOCK):
        text = rows.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00")
        digest.update(text.encode())
    return Parquet(frame.columns, frame.height, digest.hexdigest())
