"""The pure steps on the real data: counts, invalid values, and the golden hash."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from reference import etl
from tests import oracle

GOLDEN = json.loads(Path(etl.__file__).with_name("golden.json").read_text())


@pytest.fixture(scope="module")
def loaded(landing: Path) -> pl.DataFrame:
    return etl.load(landing, "all")


@pytest.fixture(scope="module")
def year(loaded: pl.DataFrame) -> pl.DataFrame:
    return etl.transform(loaded)


def canonical_sha256(flights: pl.DataFrame) -> str:
    text = flights.sort(etl.KEY).write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00")
    return hashlib.sha256(text.encode()).hexdigest()


def one(flights: pl.DataFrame, **values: object) -> dict[str, object]:
    return flights.filter(**values).row(0, named=True)


def test_the_golden_file_matches_the_oracle(landing: Path) -> None:
    assert oracle.golden(landing) == GOLDEN


def test_golden_counts() -> None:
    contents = GOLDEN["partitions"]
    months = [f"2013-{month:02}" for month in range(1, 13)]

    assert list(contents) == ["all", *months]
    for table, rows in {"flight": 336_776, "route_month": 3_869}.items():
        assert contents["all"][table]["rows"] == rows
        assert sum(contents[month][table]["rows"] for month in months) == rows


def test_the_year_is_golden(year: pl.DataFrame) -> None:
    assert year.columns == GOLDEN["tables"]["flight"]["columns"]
    assert canonical_sha256(year) == GOLDEN["partitions"]["all"]["flight"]["sha256"]


@pytest.mark.parametrize("month", [f"2013-{month:02}" for month in range(1, 13)])
def test_each_month_is_golden(landing: Path, month: str) -> None:
    flights = etl.transform(etl.load(landing, month))

    assert canonical_sha256(flights) == GOLDEN["partitions"][month]["flight"]["sha256"]


@pytest.mark.parametrize("month", ["", "2013", "2013-1", "2013-13", "2013-00", "ALL", "2013-01 ", "2014-01"])
def test_a_bad_month_is_named(landing: Path, month: str) -> None:
    with pytest.raises(ValueError, match=f"month: .*{month!r}"):
        etl.load(landing, month)


def test_load_keeps_every_flight_once(loaded: pl.DataFrame) -> None:
    assert loaded.height == 336_776
    assert loaded.select(etl.KEY).n_unique() == 336_776


def test_load_reads_na_as_null(loaded: pl.DataFrame) -> None:
    text = loaded.select(pl.selectors.string())

    assert not text.select(pl.any_horizontal((pl.all() == "NA").any())).item()
    assert loaded["dep_time"].null_count() == 8_255


def test_load_drops_the_incredible_wind(landing: Path, loaded: pl.DataFrame) -> None:
    raw = pl.read_csv(landing / "weather.csv", null_values="NA", infer_schema_length=None)

    assert raw["wind_speed"].max() > 1_000
    assert loaded["wind_speed"].max() < 50


def test_load_keeps_flights_that_are_missing_in_the_lookup_tables(loaded: pl.DataFrame) -> None:
    missing = {"airline": 0, "dest_name": 7_602, "plane_manufacturer": 52_606, "temp": 1_573}

    assert {column: loaded[column].null_count() for column in missing} == missing


def test_outcomes(year: pl.DataFrame) -> None:
    assert dict(year["outcome"].value_counts().iter_rows()) == {
        "flown": 327_346,
        "cancelled": 8_255,
        "diverted": 1_175,
    }
    assert year.filter(outcome="cancelled").select("dep", "arr", "air_time_min").null_count().row(0) == (8_255,) * 3
    assert year.filter(outcome="diverted").select("dep", "arr", "air_time_min").null_count().row(0) == (
        0,
        1_175,
        1_175,
    )


def test_an_unknown_zone_makes_only_the_arrival_null(year: pl.DataFrame) -> None:
    unknown = year.filter(pl.col("dest_zone").is_null())

    assert set(unknown["dest"]) == {"BQN", "PSE", "SJU", "STT"}
    assert unknown.height == unknown["sched_arr"].null_count() == 7_602
    assert unknown.filter(outcome="flown").height == 7_537
    assert year["sched_arr"].null_count() == 7_602


def test_columns_are_integers_text_and_utc_times(year: pl.DataFrame) -> None:
    assert set(year.dtypes) == {pl.Int32, pl.String, pl.Datetime("us", "UTC")}


def test_rows_come_in_key_order(year: pl.DataFrame) -> None:
    assert year.select(etl.KEY).equals(year.select(etl.KEY).sort(etl.KEY))


def test_arrivals_are_in_the_zone_of_the_destination(year: pl.DataFrame) -> None:
    to_houston = one(year, time_hour=datetime(2013, 1, 1, 10, tzinfo=UTC), carrier="UA", flight=1545)

    assert to_houston["sched_dep"] == datetime(2013, 1, 1, 10, 15, tzinfo=UTC)
    assert to_houston["dep"] == datetime(2013, 1, 1, 10, 17, tzinfo=UTC)
    assert to_houston["sched_arr"] == datetime(2013, 1, 1, 14, 19, tzinfo=UTC)
    assert to_houston["arr"] == datetime(2013, 1, 1, 14, 30, tzinfo=UTC)


def test_scheduled_arrivals_follow_departures_by_less_than_a_day(year: pl.DataFrame) -> None:
    hours = year.select((pl.col("sched_arr") - pl.col("sched_dep")).dt.total_minutes() / 60).to_series()

    assert hours.min() >= 0
    assert hours.max() < 24


def dirty(row: pl.DataFrame, **changes: object) -> dict[str, object]:
    changed = row.with_columns(pl.lit(value).cast(row.schema[name]).alias(name) for name, value in changes.items())
    return etl.transform(changed).row(0, named=True)


@pytest.fixture(scope="module")
def evening(loaded: pl.DataFrame) -> pl.DataFrame:
    """One flight of 31 January 2013 to Los Angeles, scheduled to leave at 18:20 and to arrive at 21:50."""
    return loaded.filter(carrier="AA", flight=119, date=datetime(2013, 1, 31).date())


def test_an_arrival_after_midnight_is_on_the_next_day(evening: pl.DataFrame) -> None:
    assert dirty(evening, sched_arr_time=5)["sched_arr"] == datetime(2013, 2, 1, 8, 5, tzinfo=UTC)


def test_2400_is_the_end_of_the_day(evening: pl.DataFrame) -> None:
    assert dirty(evening, sched_arr_time=2400)["sched_arr"] == datetime(2013, 2, 1, 8, 0, tzinfo=UTC)


def test_a_frame_without_any_known_zone(evening: pl.DataFrame) -> None:
    flight = dirty(evening, dest_zone=None)

    assert flight["sched_arr"] is None
    assert flight["arr"] is None
    assert flight["outcome"] == "flown"


def test_measurements_are_rounded_to_the_nearest_integer(evening: pl.DataFrame) -> None:
    flight = dirty(evening, wind_speed=10.357019999999999, temp=-9.94, precip=0.29, pressure=1012.3)

    assert flight["wind_speed_hundredths_mph"] == 1036
    assert flight["temp_hundredths_f"] == -994
    assert flight["precip_hundredths_in"] == 29
    assert flight["pressure_tenths_mb"] == 10123
