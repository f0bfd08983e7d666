"""Export and output validation with a real PostgreSQL: the exported data, and the faults that validation finds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql

from harness.isolation.databases import Access
from harness.measure import warehouse
from harness.measure.golden_file import golden
from reference import etl

pytestmark = [pytest.mark.integration, pytest.mark.first_in("process")]

JANUARY = "2013-01"
GOLDEN = golden().exported(JANUARY)
FEBRUARY = "2013-02"

Execute = Callable[[str], None]


@pytest.fixture(scope="module")
def warehouse_url(access: Access) -> str:
    """The warehouse as the stack reaches it."""
    return access.url


@pytest.fixture(scope="module")
def february(landing: Path) -> pl.DataFrame:
    return etl.transform(etl.load(landing, FEBRUARY))


@pytest.fixture
def execute(warehouse_url: str) -> Execute:
    def run(statement: str) -> None:
        with psycopg.connect(warehouse_url) as connection:
            connection.execute(sql.SQL(statement))

    return run


def table_rows(url: str, table: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            sql.SQL("SELECT * FROM {} ORDER BY 1, 2, 3, 4").format(sql.Identifier(table))
        ).fetchall()


def test_the_year_matches_golden_and_a_second_run_only_adds_a_delivery(
    landing: Path, warehouse_url: str, output: Path
) -> None:
    year = etl.transform(etl.load(landing))

    for times in (1, 2):
        assert etl.export(year, "t1", "all", warehouse_url, output) == (336_776, 3_869)
        verdict = warehouse.verify(warehouse_url, output, "all", "t1")
        assert verdict.difference == ("" if times == 1 else "delivery: 2 rows, expected 1")
        assert {name: content.rows for name, content in verdict.tables.items()} == {
            "flight": 336_776,
            "route_month": 3_869,
            "delivery": times,
        }
        assert verdict.files == {"flight-all.parquet": verdict.tables["flight"]}

    month = etl.transform(etl.load(landing, JANUARY))
    etl.export(month, "t1", JANUARY, warehouse_url, output)
    (output / "flight-2013-01.parquet").unlink()
    assert warehouse.verify(warehouse_url, output, "all").difference == "delivery: 3 rows, expected 1"


def test_only_the_exported_month_is_replaced(
    january: pl.DataFrame, february: pl.DataFrame, warehouse_url: str, output: Path
) -> None:
    etl.export(january, "t1", JANUARY, warehouse_url, output)
    etl.export(february.head(10), "t1", FEBRUARY, warehouse_url, output)
    etl.export(february, "t1", FEBRUARY, warehouse_url, output)

    flights = table_rows(warehouse_url, "flight")
    assert len(flights) == january.height + february.height
    assert sorted(path.name for path in output.iterdir()) == [
        "flight-2013-01.parquet",
        "flight-2013-02.parquet",
    ]

    etl.export(january, "t1", JANUARY, warehouse_url, output)
    assert table_rows(warehouse_url, "flight") == flights


def test_concurrent_exports_wait_for_each_other(january: pl.DataFrame, warehouse_url: str, output: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        summaries = list(pool.map(lambda _: etl.export(january, "t1", JANUARY, warehouse_url, output), range(4)))

    assert summaries == [(27_004, 307)] * 4
    assert warehouse.verify(warehouse_url, output, JANUARY).difference == "delivery: 4 rows, expected 1"


def test_a_failed_export_changes_nothing(
    january: pl.DataFrame, february: pl.DataFrame, warehouse_url: str, output: Path
) -> None:
    half = pl.concat([january, january.tail(1)])
    with pytest.raises(psycopg.errors.UniqueViolation):
        etl.export(half, "t1", JANUARY, warehouse_url, output)
    assert warehouse.verify_untouched(warehouse_url, output).difference == ""

    etl.export(january, "t1", JANUARY, warehouse_url, output)
    with pytest.raises(psycopg.errors.UniqueViolation):
        etl.export(half, "t1", JANUARY, warehouse_url, output)
    assert warehouse.verify(warehouse_url, output, JANUARY).difference == ""


def test_an_export_whose_parquet_cannot_be_written_changes_nothing(
    january: pl.DataFrame, warehouse_url: str, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        etl.export(january, "t1", JANUARY, warehouse_url, output)

    verdict = warehouse.verify_untouched(warehouse_url, output)
    assert verdict.difference == "flight-2013-01.parquet.tmp: exists, expected no file"


def test_a_leftover_of_a_killed_attempt_is_replaced(january: pl.DataFrame, warehouse_url: str, output: Path) -> None:
    (output / "flight-2013-01.parquet.tmp").write_bytes(b"half a file")

    etl.export(january, "t1", JANUARY, warehouse_url, output)

    assert warehouse.verify(warehouse_url, output, JANUARY).difference == ""


def export_beside_a_mark(frame: pl.DataFrame, url: str, output: Path, mark: str) -> None:
    with etl.exporting(frame, "t1", JANUARY, output) as write, psycopg.connect(url) as connection:
        write(connection)
        connection.execute("CREATE TABLE IF NOT EXISTS mark (name text PRIMARY KEY)")
        connection.execute("INSERT INTO mark VALUES (%s)", [mark])


def test_an_export_in_its_callers_transaction_is_committed_with_it_or_not_at_all(
    january: pl.DataFrame, warehouse_url: str, output: Path
) -> None:
    with pytest.raises(psycopg.DataError):
        export_beside_a_mark(january, warehouse_url, output, "no text has a \0")
    assert warehouse.verify_untouched(warehouse_url, output).difference == ""

    export_beside_a_mark(january, warehouse_url, output, "once")
    with pytest.raises(psycopg.errors.UniqueViolation):
        export_beside_a_mark(january.head(1), warehouse_url, output, "once")
    assert warehouse.verify(warehouse_url, output, JANUARY, "t1").difference == ""


def test_exports_in_their_callers_transactions_wait_for_each_other(
    january: pl.DataFrame, warehouse_url: str, output: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda mark: export_beside_a_mark(january, warehouse_url, output, mark), "abcd"))

    assert warehouse.verify(warehouse_url, output, JANUARY).difference == "delivery: 4 rows, expected 1"


@pytest.fixture
def exported(january: pl.DataFrame, warehouse_url: str, output: Path) -> Path:
    etl.export(january, "t1", JANUARY, warehouse_url, output)
    return output


def difference(url: str, output: Path) -> str:
    verdict = warehouse.verify(url, output, JANUARY)
    departs = (verdict.tables, verdict.files) != (GOLDEN.tables, GOLDEN.files)
    assert departs == (verdict.difference != ""), "words and values say the same"
    return verdict.difference


def test_validation_finds_a_duplicate(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("ALTER TABLE flight DROP CONSTRAINT flight_pkey")
    execute("INSERT INTO flight SELECT * FROM flight WHERE carrier = 'AA' AND flight = 119 LIMIT 1")

    found = difference(warehouse_url, exported)
    assert "flight: 27,005 rows, expected 27,004, duplicate keys: 1 (2013-01-" in found
    assert "AA 119 EWR)" in found


def test_validation_finds_a_missing_row(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("DELETE FROM flight WHERE ctid = (SELECT min(ctid) FROM flight)")

    assert difference(warehouse_url, exported).startswith("flight: 27,003 rows, expected 27,004")


def test_validation_finds_a_changed_value(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("UPDATE flight SET dep_delay_min = 1 + dep_delay_min WHERE ctid = (SELECT min(ctid) FROM flight)")

    assert difference(warehouse_url, exported).startswith("flight: 27,004 rows as expected, but different content")


def test_validation_finds_a_value_that_became_null(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("UPDATE flight SET airline = '' WHERE ctid = (SELECT min(ctid) FROM flight)")

    assert difference(warehouse_url, exported).startswith("flight: 27,004 rows as expected, but different content")


def test_validation_finds_a_stale_aggregate(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("UPDATE route_month SET flights = 2 * flights")

    assert difference(warehouse_url, exported).startswith("route_month: 307 rows as expected, but different content")


def test_validation_finds_a_second_delivery(january: pl.DataFrame, warehouse_url: str, exported: Path) -> None:
    etl.export(january, "t1", JANUARY, warehouse_url, exported)

    assert difference(warehouse_url, exported) == "delivery: 2 rows, expected 1"


def test_validation_finds_a_delivery_under_another_name(warehouse_url: str, exported: Path) -> None:
    assert warehouse.verify(warehouse_url, exported, JANUARY, "t1").difference == ""
    assert warehouse.verify(warehouse_url, exported, JANUARY, "t2").difference == "delivery: rows of t1"


def test_validation_finds_rows_of_another_month(february: pl.DataFrame, warehouse_url: str, exported: Path) -> None:
    etl.export(february.head(1), "t1", FEBRUARY, warehouse_url, exported)

    found = difference(warehouse_url, exported)
    assert "2013-02: 1 rows, expected 0" in found
    assert "flight-2013-02.parquet: expected no such file" in found


def test_validation_finds_a_missing_table(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("DROP TABLE route_month")

    assert difference(warehouse_url, exported) == "route_month: the table is missing"


def test_validation_finds_another_column(warehouse_url: str, exported: Path, execute: Execute) -> None:
    execute("ALTER TABLE flight RENAME tailnum TO tail")

    assert difference(warehouse_url, exported).startswith("flight: columns (time_hour, carrier,")


def test_validation_finds_an_extra_file(warehouse_url: str, exported: Path) -> None:
    (exported / "flight-2013-01.parquet.tmp").touch()

    assert difference(warehouse_url, exported) == "flight-2013-01.parquet.tmp: expected no such file"


def test_validation_finds_a_missing_file(warehouse_url: str, exported: Path) -> None:
    (exported / "flight-2013-01.parquet").unlink()

    assert difference(warehouse_url, exported) == "flight-2013-01.parquet: the file is missing"


def test_validation_finds_a_truncated_file(warehouse_url: str, exported: Path) -> None:
    parquet = exported / "flight-2013-01.parquet"
    parquet.write_bytes(parquet.read_bytes()[:10_000])

    assert difference(warehouse_url, exported).startswith("flight-2013-01.parquet: cannot be read:")


def test_validation_finds_other_content_in_the_file(january: pl.DataFrame, warehouse_url: str, exported: Path) -> None:
    january.with_columns(pl.col("distance_mi") + 1).write_parquet(exported / "flight-2013-01.parquet")

    found = difference(warehouse_url, exported)
    assert found == "flight-2013-01.parquet: 27,004 rows as expected, but different content"


def test_the_order_of_rows_in_the_file_is_free(january: pl.DataFrame, warehouse_url: str, exported: Path) -> None:
    january.reverse().write_parquet(exported / "flight-2013-01.parquet")

    assert difference(warehouse_url, exported) == ""


def test_reset_leaves_nothing(access: Access, warehouse_url: str, exported: Path) -> None:
    touched = warehouse.verify_untouched(warehouse_url, exported)
    assert touched.difference == (
        "flight: exists with 27,004 rows, expected no table; "
        "route_month: exists with 307 rows, expected no table; "
        "delivery: exists with 1 rows, expected no table; "
        "flight-2013-01.parquet: exists, expected no file"
    )

    warehouse.reset(access, exported)
    assert warehouse.verify_untouched(warehouse_url, exported).difference == ""
    assert warehouse.verify(warehouse_url, exported, JANUARY).difference


def test_an_unknown_month_is_named(warehouse_url: str, output: Path) -> None:
    with pytest.raises(ValueError, match="got '2014-01'"):
        warehouse.verify(warehouse_url, output, "2014-01")
