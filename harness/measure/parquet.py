"""The canonical form of a Parquet file. It is read in a process of its own, which imports no more than this."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted

MOST_BYTES = 256 << 20
"""The greatest file that is read: twenty times the year's."""
_MOST_ROWS = 4_000_000
"""The most rows that are looked at: ten times the year's. A small file can claim any number."""
_ROWS_PER_BLOCK = 20_000


@dataclass(frozen=True)
class Parquet:
    """The columns of a file, and the number of rows and the hash of its canonical form."""

    columns: list[str]
    rows: int
    sha256: str


def read_parquet(path: Path, key: list[str]) -> Parquet:
    """Read a file and put its rows in key order; raises what polars raises, and `OddFile`.

    There is no hash of a file of other columns than the key's, nor of one with far too many rows.
    """
    # Imported here: the harness itself imports this module and must not carry polars.
    import polars as pl

    # Read whole first: the stack may still write it, or cut it.
    content = io.BytesIO(untrusted.read(path, MOST_BYTES))
    columns = list(pl.read_parquet_schema(content))
    content.seek(0)
    rows = pl.scan_parquet(content).select(pl.len()).collect().item()
    if rows > _MOST_ROWS or not set(key) <= set(columns):
        return Parquet(columns, rows, "")
    content.seek(0)
    frame = pl.read_parquet(content)
    digest = hashlib.sha256()
    for block in frame.sort(key).iter_slices(_ROWS_PER_BLOCK):
        text = block.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00")
        digest.update(text.encode())
    return Parquet(frame.columns, frame.height, digest.hexdigest())
