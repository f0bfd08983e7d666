"""A run of the `etl` workload as a careful orchestrator does it, and one subclass for each way to cheat.

A run holds what the orchestrator tells of it: a state and an account of attempts.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import ClassVar

import polars as pl
import psycopg

from reference import steps
from reference.etl import EXPORT_LOCK
from reference.probe import observe

RETRIES = 2
DELAY_S = 1.0
EARLY_S = 2.5
"""How long a run that says so too early works on: more than the second after which the harness asks again."""


class Honest:
    """Load, transform and export, each tried again up to twice, one second apart."""

    def __init__(self, trial: str, month: str) -> None:
        self.trial, self.month = trial, month
        self.state = "running"
        self.attempts: list[dict[str, object]] = []

    def work(self, _answered_s: float) -> None:
        """Run to the end and say how it went."""
        try:
            self.run()
        except Exception as error:
            self.state = self.after(error)
        else:
            self.state = "success"

    def run(self) -> None:
        """Run the three steps."""
        frame = self.step("load", lambda: steps.load(self.trial, self.month))
        frame = self.step("transform", lambda: steps.transform(self.trial, frame))
        self.export(frame)

    def export(self, frame: pl.DataFrame) -> None:
        """Run the last step."""
        self.step("export", lambda: steps.export(self.trial, self.month, frame))

    def step(self, name: str, body: Callable[[], object]) -> object:
        """Call `body` until it succeeds, `RETRIES` more times at most, and account for each attempt."""
        for number in range(1, RETRIES + 2):
            try:
                result = self.body(name, number, body)
            except Exception:
                self.attempts.append({"step": name, "number": number, "succeeded": False})
                if number > RETRIES:
                    raise
                time.sleep(DELAY_S)
            else:
                self.attempts.append({"step": name, "number": number, "succeeded": True})
                return result
        raise AssertionError("the last attempt returns or raises")

    def body(self, _name: str, _number: int, body: Callable[[], object]) -> object:
        """Do one attempt's work."""
        return body()

    def after(self, _error: Exception) -> str:
        """Return the state of a run in which a step failed for good."""
        return "failed"

    def told(self) -> dict[str, object]:
        """Return the state and the account of attempts."""
        return {"state": self.state, "attempts": self.attempts}

    @property
    def parquet(self) -> Path:
        """The run's Parquet file."""
        return Path(os.environ["ORCHBENCH_OUTPUT"], f"flight-{self.month}.parquet")


class Early(Honest):
    """Reports success while the export is at work; a lock on the warehouse makes it slow."""

    def export(self, frame: pl.DataFrame) -> None:
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"], autocommit=True) as holder:
            holder.execute("SELECT pg_advisory_lock(%s)", [EXPORT_LOCK])
            threading.Timer(EARLY_S, holder.execute, ["SELECT pg_advisory_unlock(%s)", [EXPORT_LOCK]]).start()
            threading.Timer(EARLY_S / 10, lambda: setattr(self, "state", "success")).start()
            super().export(frame)


class Late(Honest):
    """Reports success before the export has even begun."""

    def export(self, frame: pl.DataFrame) -> None:
        self.state = "success"
        time.sleep(EARLY_S)
        super().export(frame)


class Row(Honest):
    """Writes one row of the warehouse twice."""

    def run(self) -> None:
        super().run()
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
            connection.execute("ALTER TABLE flight DROP CONSTRAINT flight_pkey")
            connection.execute("INSERT INTO flight SELECT * FROM flight LIMIT 1")


class Line(Honest):
    """Writes one row of the Parquet file twice."""

    def run(self) -> None:
        super().run()
        frame = pl.read_parquet(self.parquet)
        pl.concat([frame, frame.head(1)]).write_parquet(self.parquet)


class File(Honest):
    """Writes the Parquet file twice, under two names."""

    def run(self) -> None:
        super().run()
        copyfile(self.parquet, self.parquet.with_stem(f"{self.parquet.stem}-1"))


class Liar(Honest):
    """Leaves failed attempts out of its account."""

    def told(self) -> dict[str, object]:
        return {"state": self.state, "attempts": [attempt for attempt in self.attempts if attempt["succeeded"]]}


class Swallow(Honest):
    """Reports success where a step failed for good."""

    def after(self, _error: Exception) -> str:
        return "success"


class Skips(Honest):
    """After a failure does nothing more in a month that it has exported before, though the probe sees every attempt."""

    exported: ClassVar[set[str]] = set()

    def run(self) -> None:
        super().run()
        self.exported.add(self.month)

    def body(self, name: str, number: int, body: Callable[[], object]) -> object:
        failed = any(not attempt["succeeded"] for attempt in self.attempts)
        if not (failed and self.month in self.exported):
            return super().body(name, number, body)
        with observe(self.trial, name):
            return None


KINDS: dict[str, type[Honest]] = {
    kind.__name__.lower(): kind for kind in (Honest, Early, Late, Row, Line, File, Liar, Swallow, Skips)
}
