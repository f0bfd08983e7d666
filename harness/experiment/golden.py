"""What a pipeline leaves behind, as values: the shape of an output, and the golden partitions it is compared with.

Knows tables and files by name; nothing of databases, trials or orchestrators.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import HarnessError, first_fault
from harness.paths import PIPELINES

GOLDEN = PIPELINES / "reference" / "golden.json"
ALL = "all"
"""The month that stands for every month."""


class GoldenError(HarnessError):
    """The golden file cannot be read; the message names it."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Content(_Model):
    """The rows of a table or a file, and the SHA-256 of its canonical form.

    The hash is empty where there is no canonical form: other columns than expected, or nothing that can be read.
    """

    rows: int
    sha256: str = ""


class Contents(_Model):
    """Tables and files by name. What is not there has no entry."""

    tables: dict[str, Content] = {}
    files: dict[str, Content] = {}


class Output(Contents):
    """What a trial left, and how that departs from what was expected, in words; empty words where it does not."""

    difference: str = ""


class Table(_Model):
    """The columns of a table, in order, and those that identify a row."""

    key: list[str]
    columns: list[str]


class Golden(_Model):
    """The golden file: each table's shape, and the content of each table in each partition."""

    tables: dict[str, Table]
    partitions: dict[str, dict[str, Content]]

    def exported(self, month: str) -> Contents:
        """Return what the export of a month must leave in an empty warehouse and an empty folder."""
        partition = self.partitions[month]
        return Contents(tables=partition, files={parquet_name(month): partition["flight"]})


def parquet_name(month: str) -> str:
    """Return the name of a month's Parquet file, which holds the rows of `flight`."""
    return f"flight-{month}.parquet"


@cache
def golden() -> Golden:
    """Return the golden file of this checkout. Raises `GoldenError`."""
    return read_golden(GOLDEN)


def read_golden(path: Path) -> Golden:
    """Read a golden file. Raises `GoldenError` where that is none."""
    try:
        return Golden.model_validate_json(path.read_bytes())
    except OSError as error:
        raise GoldenError(f"{path} cannot be read: {error.strerror}", remedy="git checkout pipelines") from error
    except ValidationError as error:
        raise GoldenError(f"{path}: {first_fault(error)}", remedy="git checkout pipelines") from error
