"""The output of a pipeline as values, and the golden partitions that it is compared with.

Knows tables and files by name, but no databases, trials or orchestrators.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import HarnessError, first_fault
from harness.paths import PIPELINES

GOLDEN = PIPELINES / "reference" / "golden.json"
ALL = "all"
"""The name for all months together."""


class GoldenError(HarnessError):
    """The golden file cannot be read. The message names it."""


class _FrozenModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Content(_FrozenModel):
    """The rows of a table or a file, and the SHA-256 of its canonical form.

    The hash is empty without a canonical form, because the columns are unexpected or the content is unreadable.
    """

    rows: int
    sha256: str = ""


class Contents(_FrozenModel):
    """Tables and files by name. A missing one has no entry."""

    tables: dict[str, Content] = {}
    files: dict[str, Content] = {}


class Output(Contents):
    """The output of a trial, and a description of how it differs from the expected output. Empty if it does not."""

    difference: str = ""


class Table(_FrozenModel):
    """The columns of a table, in order, and its key columns."""

    key: list[str]
    columns: list[str]


class Golden(_FrozenModel):
    """The golden file: the columns of each table, and its content in each partition."""

    tables: dict[str, Table]
    partitions: dict[str, dict[str, Content]]

    def exported(self, month: str) -> Contents:
        """Return the expected output of a month's export, starting from an empty warehouse and folder."""
        partition = self.partitions[month]
        return Contents(tables=partition, files={parquet_name(month): partition["flight"]})


def parquet_name(month: str) -> str:
    """Return the name of a month's Parquet file, which contains the rows of `flight`."""
    return f"flight-{month}.parquet"


@cache
def golden() -> Golden:
    """Return the golden file of this checkout. Raises `GoldenError`."""
    return read_golden(GOLDEN)


def read_golden(path: Path) -> Golden:
    """Read a golden file. Raises `GoldenError` if it is invalid."""
    try:
        return Golden.model_validate_json(path.read_bytes())
    except OSError as error:
        raise GoldenError(f"cannot read {path}: {error.strerror}", remedy="git checkout pipelines") from error
    except ValidationError as error:
        raise GoldenError(f"{path}: {first_fault(error)}", remedy="git checkout pipelines") from error
