"""What a person sees while a benchmark runs: a bar with an estimate, and a line for each finished trial."""

from collections import defaultdict
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from harness.measure.duration_estimate import Whose
from harness.results.records import RoundRecord, TrialRecord

_COLOURS = {"valid": "green", "invalid": "red", "failed": "red", "hung": "yellow", "error": "red"}


class Display:
    """Listens to a benchmark and shows it. `expected_s` maps orchestrator and profile to a round's expected seconds."""

    def __init__(self, console: Console, expected_s: Mapping[Whose, float], total_s: float) -> None:
        self._console = console
        self._expected_s = expected_s
        self._progress = Progress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            # Redrawing must not disturb what is measured.
            refresh_per_second=1,
        )
        self._task = self._progress.add_task("starting", total=total_s)
        self._done_s: dict[str, float] = defaultdict(float)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def doing(self, what: str) -> None:
        """Show what is being waited for."""
        self._progress.update(self._task, description=what)

    def trial(self, record: TrialRecord) -> None:
        """Print one line for a finished trial and move the bar."""
        seconds = (record.finished_ns - record.sent_ns) / 1e9
        self._advance(record.round, (record.orchestrator, record.profile), seconds)
        colour = _COLOURS[record.outcome]
        cold = " (cold)" if record.cold else ""
        self._console.print(
            f"lap {record.lap}  {record.orchestrator:<10} {record.profile:<8} {record.scenario + cold:<12} "
            f"{seconds:7.2f} s  [{colour}]{record.outcome}[/] {escape(record.reason)}",
            highlight=False,
        )
        self._show_log(record.log)

    def round(self, record: RoundRecord) -> None:
        """Move the bar to the round's end, and show why a round failed."""
        self._advance(record.round, (record.orchestrator, record.profile), float("inf"))
        if record.failure:
            self._console.print(
                f"[red]failed[/] {record.orchestrator} {record.profile}: {escape(record.failure)}", highlight=False
            )
            self._show_log(record.log)

    def _show_log(self, lines: list[str]) -> None:
        for line in lines:
            self._console.print(f"    {line}", markup=False, highlight=False)

    def _advance(self, round_id: str, whose: Whose, seconds: float) -> None:
        left_s = self._expected_s[whose] - self._done_s[round_id]
        step_s = max(0.0, min(seconds, left_s))
        self._done_s[round_id] += step_s
        self._progress.advance(self._task, step_s)
