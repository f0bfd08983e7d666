"""Guarded drivers: answers are checked against the protocol, and a call that blocks is abandoned."""

import threading
import time
from pathlib import Path

import pytest

from harness.check.guarded import DriverFault, GuardedDriver
from harness.orchestrators.driver import Endpoint, RunState, RunStatus
from harness.orchestrators.loading import bind_driver, load_driver

DRIVER = """
import time
class Driver:
    def __init__(self, endpoint): pass
    def ready(self): return {ready}
    def trigger(self, workload, parameters): return {trigger}
    def state(self, run): return {state}
    def attempts(self, run): return {attempts}
    {more}
"""
HONEST = {"ready": "True", "trigger": "'1'", "state": "None", "attempts": "None", "more": ""}


def watched(folder: Path, **changed: str) -> GuardedDriver:
    (folder / "driver.py").write_text(DRIVER.format(**{**HONEST, **changed}))
    driver = bind_driver(load_driver("watched", folder), folder, Endpoint("http://127.0.0.1:1", {}))
    return GuardedDriver(driver, folder, limit_s=0.3)


def test_honest_answers_pass(tmp_path: Path) -> None:
    driver = watched(tmp_path)
    assert driver.ready()
    assert driver.trigger("etl", {"trial": "t"}) == "1"
    assert driver.started == {"t": "1"}
    assert driver.attempts("1") is None
    assert driver.runs("etl", "t") is None
    assert driver.faults == []


@pytest.mark.parametrize(
    ("method", "answer", "words"),
    [
        ("ready", "[]", "driver.py, line 5: `ready` returned []: "),
        ("trigger", "7", "driver.py, line 6: `trigger` returned 7: "),
        ("state", "'success'", "driver.py, line 7: `state` returned 'success': "),
        ("state", "None", "`state` returned None"),
        (
            "attempts",
            "[{'step': 'load'}]",
            "driver.py, line 8: `attempts` returned [{'step': 'load'}]: expected an Attempt",
        ),
        ("attempts", "'none'", "`attempts` returned 'none': expected an Attempt"),
    ],
)
def test_another_type_is_named_with_its_line(tmp_path: Path, method: str, answer: str, words: str) -> None:
    driver = watched(tmp_path, **{method: answer})
    arguments = {"ready": (), "trigger": ("etl", {"trial": "t"})}.get(method, ("1",))
    with pytest.raises(DriverFault, match="returned"):
        getattr(driver, {"state": "status"}.get(method, method))(*arguments)
    (fault,) = driver.faults
    assert words in fault
    assert str(tmp_path) in fault


@pytest.mark.parametrize("state", [RunState.SUCCESS, RunStatus(RunState.FAILED, 1.5)])
def test_a_state_is_a_word_or_a_status(tmp_path: Path, state: object) -> None:
    driver = watched(tmp_path)
    driver.driver.state = lambda _run: state  # type: ignore[method-assign]
    assert driver.status("1") == (state if isinstance(state, RunStatus) else RunStatus(RunState.SUCCESS))


def test_a_call_that_blocks_is_abandoned(tmp_path: Path) -> None:
    driver = watched(tmp_path, ready="time.sleep(5)")
    began_s = time.monotonic()
    with pytest.raises(DriverFault, match=r"line 5: the driver's `ready` did not return in 0\.3 s"):
        driver.ready()
    assert time.monotonic() - began_s < 4
    assert any(thread.daemon for thread in threading.enumerate())


def test_exceptions_pass(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        watched(tmp_path, ready="1 / 0").ready()


def test_optional_methods_are_available(tmp_path: Path) -> None:
    driver = watched(tmp_path, more="def runs(self, workload, trial): return (trial,)")
    assert driver.runs("etl", "t") == ["t"]
    wrong = watched(tmp_path, more="def runs(self, workload, trial): return [1]")
    with pytest.raises(DriverFault, match="`runs` returned 1: "):
        wrong.runs("etl", "t")
