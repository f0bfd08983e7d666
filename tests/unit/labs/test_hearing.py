"""A failing display does not affect the measurement."""

import io
import logging
import os
import subprocess
import sys
from functools import partial

import pytest
from rich.console import Console
from samples import plan_of, round_, trial

from harness.cli.progress import Display
from harness.experiment.plan import PlannedRound
from harness.labs.benchmark import Undisturbing
from harness.labs.latency.kind import LATENCY

PLANNED = PlannedRound(1, "tool", "defaults", (), 0)
HERE = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


class Gone:
    """A terminal that is closed."""

    def __getattr__(self, _name: str) -> object:
        def fail(*_: object) -> None:
            raise OSError(5, "Input/output error")

        return fail


def test_a_listeners_failure_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    heard = Undisturbing(Gone())
    with caplog.at_level(logging.WARNING):
        heard.doing("this")
        heard.trial(trial("tool"))
        heard.round(round_("tool"))
        heard.tell(lambda: 1 / 0)
    assert len(caplog.records) == 2
    assert "Input/output error" in caplog.text


def test_ctrl_c_passes() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Undisturbing(Gone()).tell(stop)


class Full(io.StringIO):
    """A log on a full disk."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("bar", [True, False])
def test_a_display_on_a_full_disk_ends_nothing(bar: bool, caplog: pytest.LogCaptureFixture) -> None:
    console = Console(file=Full(), force_terminal=bar)
    line_of = partial(LATENCY.trial_line, plan_of())
    with Display(console, {PLANNED.id: 60.0}, [PLANNED], line_of, bar=bar) as display:
        heard = Undisturbing(display)
        heard.trial(trial("tool"))
        heard.doing("this")
        heard.round(round_("tool", failure="it died"))
    assert "No space left on device" in caplog.text
    assert "KeyError" not in caplog.text


def test_a_reader_that_exits_ends_nothing() -> None:
    code = """
import os, sys
from rich.console import Console
from functools import partial
from samples import plan_of, round_, trial
from harness.cli.progress import Display
from harness.experiment.plan import PlannedRound
from harness.labs.benchmark import Undisturbing
from harness.labs.latency.kind import LATENCY

planned = PlannedRound(1, "tool", "defaults", (), 0)
line_of = partial(LATENCY.trial_line, plan_of())
with Display(Console(), {planned.id: 60.0}, [planned], line_of, bar=False) as display:
    heard = Undisturbing(display)
    heard.trial(trial("tool"))
    heard.round(round_("tool"))
os.write(2, b"all was heard")
"""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code], env=HERE, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert b"could not be shown, but the benchmark continues: BrokenPipeError: " in done.stderr
    assert done.stderr.endswith(b"all was heard")
