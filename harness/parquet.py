"""The canonical form of a Parquet file; a command that prints JSON: `python -m harness.parquet FILE KEY ...`.

It is a process of its own because what polars takes in memory would stay with the harness, which must leave
the machine to the orchestrators.
"""

import hashlib
import json
import sys

import polars as pl

ROWS_PER_BLOCK = 20_000


def main(path: str, *key: str) -> None:
    """Print the columns, the number of rows and the hash of the canonical form."""
    frame = pl.read_parquet(path)
    digest = hashlib.sha256()
    for rows in frame.sort(key).iter_slices(ROWS_PER_BLOCK):
        text = rows.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00")
        digest.update(text.encode())
    print(json.dumps({"columns": frame.columns, "rows": frame.height, "sha256": digest.hexdigest()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
