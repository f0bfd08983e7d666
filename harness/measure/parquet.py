"""Reads the canonical form of a Parquet file, in a subprocess that imports only this module."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted

MOST_BYTES = 256 << 20
"""The largest file to read: twenty times the year's."""
_MOST_ROWS = 4_000_000
"""The maximum number of rows: ten times the year's. A small file can claim any number."""
_ROWS_PER_BLOCK = 20_000


@dataclass(frozen=True)
class Parquet:
    """The columns of a file, and the number of rows and the hash of its canonical form."""

    columns: list[str]
    rows: int
    sha256: str


def read_parquet(path: Path, key: list[str]) -> Parquet:
    """Read a file and sort its rows by key. Raises polars' exceptions and `OddFile`.

    There is no hash if the key's columns are missing or there are far too many rows.
    """
    # Imported here, because the harness imports this module but must not load polars.
    import polars as pl

    # Read the whole file first, because the stack may still change it.
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
