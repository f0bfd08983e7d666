"""The output of a pipeline as values, and the golden partitions that it is compared with.

Knows tables and files by name, but no databases, trials or orchestrators. `harness.measure.golden_file` reads them.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

ALL = "all"
"""The name for all months together."""


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


def difference_stands(output: Output, demanded: Contents) -> Iterator[str]:
    """Check that a difference is described exactly if rows, hashes, tables or files differ."""
    departures = []
    for kind, recorded, expected in (
        ("tables", output.tables, demanded.tables),
        ("files", output.files, demanded.files),
    ):
        for name in sorted(recorded.keys() | expected.keys()):
            if recorded.get(name) != expected.get(name):
                both = f"{_content(recorded.get(name))}, expected {_content(expected.get(name))}"
                departures.append(f"output.{kind}.{name} is {both}")
    if output.difference and not departures:
        yield f"the output is as expected, but the record says it differs: {output.difference}"
    elif departures and not output.difference:
        yield from departures


def _content(content: Content | None) -> str:
    return "missing" if content is None else f"{content.rows} rows of {content.sha256[:12] or 'no hash'}"
