"""A careful run of the `etl` workload, and one subclass for each way to cheat.

A run has the state and the attempt history that the orchestrator reports.
"""

import json
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
"""How long a run continues after it reported its end: longer than the second until the harness asks again."""
HASTE_S = 5.0
"""How much too early a hasty run's own record is."""
EVENTS = Path(os.environ["ORCHBENCH_EVENTS"])


class Honest:
    """Load, transform and export, each retried up to twice, one second apart."""

    def __init__(self, trial: str, month: str) -> None:
        self.trial, self.month = trial, month
        self.state = "running"
        self.attempts: list[dict[str, object]] = []

    def work(self, _answered_s: float) -> None:
        """Run to the end and keep the state."""
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
        """Call `body` until it succeeds, at most `RETRIES` more times, and record each attempt."""
        for number in range(1, RETRIES + 2):
            try:
                result = self.body(name, number, body)
            except Exception:
                self.attempts.append({"step": name, "number": number, "succeeded": False})
                if number > RETRIES:
                    raise
                self.wait(number)
            else:
                self.attempts.append({"step": name, "number": number, "succeeded": True})
                return result
        raise AssertionError("the last attempt returns or raises")

    def wait(self, _number: int) -> None:
        """Wait after a failed attempt."""
        time.sleep(DELAY_S)

    def body(self, _name: str, _number: int, body: Callable[[], object]) -> object:
        """Do one attempt's work."""
        return body()

    def after(self, _error: Exception) -> str:
        """Return the state of a run in which a step failed for good."""
        return "failed"

    def told(self) -> dict[str, object]:
        """Return the state and the attempt history."""
        return {"state": self.state, "attempts": self.attempts}

    @property
    def parquet(self) -> Path:
        """The run's Parquet file."""
        return Path(os.environ["ORCHBENCH_OUTPUT"], f"flight-{self.month}.parquet")


class Early(Honest):
    """Reports success during the export, which a lock on the warehouse makes slow."""

    def export(self, frame: pl.DataFrame) -> None:
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"], autocommit=True) as holder:
            holder.execute("SELECT pg_advisory_lock(%s)", [EXPORT_LOCK])
            threading.Timer(EARLY_S, holder.execute, ["SELECT pg_advisory_unlock(%s)", [EXPORT_LOCK]]).start()
            threading.Timer(EARLY_S / 10, lambda: setattr(self, "state", "success")).start()
            super().export(frame)


class Late(Honest):
    """Reports success before the export has even started."""

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
    """Leaves failed attempts out of its history."""

    def told(self) -> dict[str, object]:
        return {"state": self.state, "attempts": [attempt for attempt in self.attempts if attempt["succeeded"]]}


class Swallow(Honest):
    """Reports success although a step failed for good."""

    def after(self, _error: Exception) -> str:
        return "success"


class Skips(Honest):
    """After a failure does nothing for a month that it has exported before, although the probe sees every attempt."""

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


class Hasty(Honest):
    """Reports in its own record that it ended seconds before its export. Later queries return the same."""

    def told(self) -> dict[str, object]:
        ended_s = time.time() - HASTE_S
        return {**super().told(), "ended_s": ended_s if self.state == "success" else None}


class Backdated(Honest):
    """Stamps its events ten seconds too early."""

    def run(self) -> None:
        super().run()
        lines = [json.loads(line) for line in EVENTS.read_text().splitlines()]
        shifted = [{**line, "monotonic_ns": line["monotonic_ns"] - 10**10} for line in lines]
        EVENTS.write_text("".join(json.dumps(line) + "\n" for line in shifted))


class Scribble(Honest):
    """Leaves a line in the event file that is not JSON."""

    line = b"{"

    def run(self) -> None:
        super().run()
        with EVENTS.open("ab") as file:
            file.write(self.line + b"\n")


class Eventless(Scribble):
    """Leaves JSON that is not an event."""

    line = b'{"trial": 1}'


class Latin(Scribble):
    """Leaves bytes that are not UTF-8."""

    line = b'{"trial": "\xe9"}'


class Lost(Honest):
    """Deletes the event file."""

    def run(self) -> None:
        super().run()
        EVENTS.unlink()


class Alias(Honest):
    """Runs its steps under another trial's name."""

    def __init__(self, trial: str, month: str) -> None:
        super().__init__(f"not-{trial}", month)


class View(Honest):
    """Leaves `flight` as a view of a table of another name."""

    def run(self) -> None:
        super().run()
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
            connection.execute("ALTER TABLE flight RENAME TO hidden")
            connection.execute("CREATE VIEW flight AS SELECT * FROM hidden")


class Typed(Honest):
    """Leaves `flight` with a column of a type that cannot be compared with the expected one."""

    def run(self) -> None:
        super().run()
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
            connection.execute("ALTER TABLE flight ALTER month TYPE jsonb USING to_jsonb(month)")


class Hoarder(Honest):
    """Leaves a nested folder next to its output, and a schema in the warehouse."""

    def run(self) -> None:
        super().run()
        nested = self.parquet.parent / "deep" / "down"
        nested.mkdir(parents=True)
        (nested / "kept").write_text("for later")
        with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
            connection.execute("CREATE SCHEMA hoard")
            connection.execute("CREATE TABLE hoard.kept AS SELECT * FROM flight")


class Backoff(Honest):
    """Waits twice as long before each further attempt, as many tools do by default."""

    def wait(self, number: int) -> None:
        time.sleep(DELAY_S * 2 ** (number - 1))


class Impatient(Honest):
    """Waits only half of the delay that is set."""

    def wait(self, _number: int) -> None:
        time.sleep(DELAY_S / 2)


KINDS: dict[str, type[Honest]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Honest, Early, Late, Row, Line, File, Liar, Swallow, Skips),
        *(Hasty, Backdated, Scribble, Eventless, Latin, Lost, Alias, View, Typed, Hoarder, Backoff, Impatient),
    )
}
