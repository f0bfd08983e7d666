"""Shows a running benchmark: a progress bar with an estimate, and a line per finished trial."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.cli.expectation import time_left
from harness.experiment.plan import PlannedRound
from harness.labs.estimate import expected_wall_s
from harness.labs.kind import AnyTrial, Interim, TrialLine
from harness.results.records import InRound, RoundRecord


class Display:
    """Listens to a benchmark and shows it.

    `expected_s` maps a planned round's id to its expected seconds. `rounds` are the remaining rounds, `jobs` of which
    run in parallel. `line_of` makes the line of a trial. Without `bar`, it shows only trials. Losing the terminal does
    not end the benchmark.
    """

    def __init__(
        self,
        console: Console,
        expected_s: Mapping[str, float],
        rounds: Sequence[PlannedRound],
        line_of: Callable[[AnyTrial], TrialLine],
        *,
        jobs: int = 1,
        bar: bool = True,
    ) -> None:
        self._console = console
        self._expected_s = {each.number: expected_s[each.id] for each in rounds}
        self._rounds = len(rounds)
        work_s = sum(expected_s[each.id] for each in rounds)
        self._pace = expected_wall_s(expected_s, rounds, jobs) / work_s if work_s else 1.0
        self._line_of = line_of
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

    def trial(self, record: AnyTrial) -> None:
        """Print one line for a finished trial and move the bar."""
        line = self._line_of(record)
        self._advance(record, line.moves_s)
        system = f"{record.orchestrator:<10} {record.profile:<8}"
        self._line(f"lap {record.lap}  {system} {line.what}", (line.verdict, line.colour), f" {line.reason}")
        self._show_log(line.log)
        if line.colour != "green":
            self._trouble(f"{record.orchestrator} {record.profile} {record.scenario}: {line.verdict}")

    def round(self, record: RoundRecord) -> None:
        """Move the bar to the end of the round, and show why a round failed."""
        self._advance(record, float("inf"))
        self._took.append((record.duration_s, self._expected_s[record.round_number]))
        self._ended.append((record.orchestrator, record.profile))
        if record.failure:
            self._line(("failed", "red"), f" {record.orchestrator} {record.profile}: {record.failure}")
            self._show_log(record.log)
            self._trouble(f"{record.orchestrator} {record.profile} failed")

    def rows(self, interim: Interim) -> None:
        """Print the row of each system whose round has ended since the last call."""
        for row in filter(None, map(interim.rows.get, self._ended)):
            if not self._head_shown:
                self._line((interim.head, "bold"))
                self._head_shown = True
            self._line((row, "bold"))
        self._ended.clear()

    def _trouble(self, what: str) -> None:
        """Keep the last failure visible."""
        self._progress.update(self._task, trouble=f"last problem: {what}")

    def _left(self) -> str:
        """Return the remaining time, with an uncertainty from how well past rounds matched expectations."""
        return time_left(self._pace * (self._progress.tasks[self._task].remaining or 0.0), self._took)

    def _show_log(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._line(f"    {line}")

    def _line(self, *parts: str | tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts))

    def _advance(self, record: InRound, seconds: float) -> None:
        left_s = self._expected_s[record.round_number] - self._done_s[record.round]
        step_s = max(0.0, min(seconds, left_s))
        self._done_s[record.round] += step_s
        self._progress.advance(self._task, step_s)
