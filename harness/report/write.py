"""Writes every generated file of a result into its own folder."""

import time
from pathlib import Path

from harness.audit import demand_sound
from harness.orchestrators.discovery import discover
from harness.report.markdown import TABLE, render
from harness.report.settings import SETTINGS, render_settings
from harness.report.staleness import badge, locks_of
from harness.results.result import Result


def write_report(result: Result) -> Path:
    """Write `table.md` and `settings.md` of a result; return the table's path.

    Raises `NotSound` when the result does not pass the audit.
    """
    demand_sound(result)
    table = result.folder / TABLE
    table.write_text(render(result, staleness(result)))
    (result.folder / SETTINGS).write_text(render_settings(result.environment))
    return table


def staleness(result: Result) -> str:
    """Say why a result is out of date by the clock and the locks of this checkout; empty while it is not."""
    return badge(result.environment, time.time(), locks_of(discover()))
