"""Shows a running benchmark: a progress bar with an estimate, and a line per finished trial."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.cli.rows import Rows
from harness.cli.time_left import time_left
from harness.experiment.crash import Crash
from harness.experiment.plan import PlannedRound
from harness.measure.duration_estimate import expected_wall_s
from harness.results.records import CrashRecord, InRound, RoundRecord, TrialRecord

_CRASH_TRIAL_S = 60.0
"""How far a crash trial moves the bar, in addition to a timeout that expired in it."""
_COLOURS = {"valid": "green", "invalid": "red", "failed": "red", "hung": "yellow", "error": "red"}


class Display:
    """Listens to a benchmark and shows it.

    `expected_s` maps a planned round's id to its expected seconds. `rounds` are the remaining rounds, `jobs` of which
    run in parallel. `crashes` give the expected outcome of crash trials. Without `bar`, it shows only trials. Losing
    the terminal does not end the benchmark.
    """

    def __init__(
        self,
        console: Console,
        expected_s: Mapping[str, float],
        rounds: Sequence[PlannedRound],
        *,
        jobs: int = 1,
        crashes: Mapping[str, Crash] | None = None,
        bar: bool = True,
    ) -> None:
        self._console = console
        self._expected_s = {each.number: expected_s[each.id] for each in rounds}
        self._rounds = len(rounds)
        work_s = sum(expected_s[each.id] for each in rounds)
        self._pace = expected_wall_s(expected_s, rounds, jobs) / work_s if work_s else 1.0
        self._crashes = crashes or {}
        self._took: list[tuple[float, float]] = []
        self._progress = Progress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[trouble]}", style="red", markup=False),
            console=console,
            # Redrawing must not disturb measurements.
            refresh_per_second=1,
            disable=not bar,
        )
        self._task = self._progress.add_task("starting", total=work_s, left="", trouble="")
        self._done_s: dict[str, float] = defaultdict(float)
        self._ended: list[tuple[str, str]] = []
        self._head_shown = False

    def __enter__(self) -> Self:
        with suppress(OSError, SystemExit):
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, SystemExit):
            self._progress.stop()

    def doing(self, what: str) -> None:
        """Show the current round and activity."""
        number = min(len(self._took) + 1, self._rounds)
        self._progress.update(self._task, description=f"round {number}/{self._rounds}, {what}", left=self._left())

    def trial(self, record: TrialRecord) -> None:
        """Print one line for a finished trial and move the bar."""
        seconds = (record.finished_ns - record.sent_ns) / 1e9
        self._advance(record, seconds)
        name = f"{record.scenario}{' (cold)' if record.cold else ''}"
        self._line(
            f"lap {record.lap}  {record.orchestrator:<10} {record.profile:<8} {name:<12} {seconds:7.2f} s  ",
            (record.outcome, _COLOURS[record.outcome]),
            f" {record.reason}",
        )
        self._show_log(record.log)
        if record.outcome != "valid":
            self._trouble(f"{record.orchestrator} {record.profile} {record.scenario} {record.outcome}")

    def crash(self, record: CrashRecord) -> None:
        """Print one line for a finished crash trial and move the bar."""
        self._advance(record, _CRASH_TRIAL_S + record.waited_in_vain_s)
        came_to = record.finding or record.outcome
        good = came_to == self._crashes[record.scenario].wanted
        told = "" if record.told_s is None else f" after {record.told_s:.1f} s"
        self._line(
            f"lap {record.lap}  {record.orchestrator:<10} {record.profile:<8} {record.scenario:<16} ",
            (came_to, "green" if good else "red"),
            f"{told} {record.reason}",
        )
        if not good:
            self._trouble(f"{record.orchestrator} {record.profile} {record.scenario}: {came_to}")

    def round(self, record: RoundRecord) -> None:
        """Move the bar to the end of the round, and show why a round failed."""
        self._advance(record, float("inf"))
        self._took.append((record.duration_s, self._expected_s[record.round_number]))
        self._ended.append((record.orchestrator, record.profile))
        if record.failure:
            self._line(("failed", "red"), f" {record.orchestrator} {record.profile}: {record.failure}")
            self._show_log(record.log)
            self._trouble(f"{record.orchestrator} {record.profile} failed")

    def rows(self, rows: Rows, cells: Mapping[tuple[str, str], Sequence[str]]) -> None:
        """Print the row of each system whose round has ended since the last call."""
        for system in self._ended:
            if system not in cells:
                continue
            if not self._head_shown:
                self._line((rows.head, "bold"))
                self._head_shown = True
            self._line((rows.row(cells[system]), "bold"))
        self._ended.clear()

    def _trouble(self, what: str) -> None:
        """Keep the last failure visible."""
        self._progress.update(self._task, trouble=f"last problem: {what}")

    def _left(self) -> str:
        """Return the remaining time, with an uncertainty from how well past rounds matched expectations."""
        return time_left(self._pace * (self._progress.tasks[self._task].remaining or 0.0), self._took)

    def _show_log(self, lines: list[str]) -> None:
        for line in lines:
            self._line(f"    {line}")

    def _line(self, *parts: str | tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts))

    def _advance(self, record: InRound, seconds: float) -> None:
        left_s = self._expected_s[record.round_number] - self._done_s[record.round]
        step_s = max(0.0, min(seconds, left_s))
        self._done_s[record.round] += step_s
        self._progress.advance(self._task, step_s)
