"""Answers of drivers that no record could store, or that would end this process, fail only that call."""

import math
import sys
from typing import Any

import pytest

from harness.orchestrators.answers import OddAnswer
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import Attempt, RunState, RunStatus


class Answers:
    """A driver that returns or raises the same for every call."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._give

    def _give(self, *_arguments: object) -> object:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


def giving(answer: object) -> BoundedDriver:
    return BoundedDriver(Answers(answer))


ASKED = {
    "ready": lambda driver: driver.ready(),
    "trigger": lambda driver: driver.trigger("etl", {"trial": "t"}),
    "trigger_once": lambda driver: driver.trigger("etl", {"trial": "t"}, once=True),
    "state": lambda driver: driver.status("1"),
    "attempts": lambda driver: driver.attempts("1"),
    "runs": lambda driver: driver.runs("etl", "t"),
    "cancel": lambda driver: driver.cancel("1"),
}


@pytest.mark.parametrize("answer", [RunState.RUNNING, RunStatus(RunState.SUCCESS), RunStatus(RunState.FAILED, 1.5)])
def test_answers_within_the_protocol_pass(answer: RunState | RunStatus) -> None:
    told = giving(answer).status("1")
    assert told == (answer if isinstance(answer, RunStatus) else RunStatus(answer))


@pytest.mark.parametrize("ended_s", [math.nan, math.inf, -5, 1e300, 10**400, "yesterday", True])
def test_an_impossible_end_is_named(ended_s: Any) -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned .*ended_s: "):
        giving(RunStatus(RunState.SUCCESS, ended_s)).status("1")


@pytest.mark.parametrize("state", ["success", None, 1, RunStatus("success"), RunStatus(None)])
def test_an_unknown_state_is_named(state: object) -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned .*state: "):
        giving(state).status("1")


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ([Attempt("load", "1", succeeded=True)], "number: "),
        ([Attempt("load", -1, succeeded=True)], "number: "),
        ([Attempt("load", 10**400, succeeded=True)], "number: "),
        ([Attempt("load", 1, succeeded=1)], "succeeded: "),
        ([Attempt("load", 1, succeeded=True, started_s=math.nan)], "started_s: "),
        ([Attempt("lo\udcffad", 1, succeeded=True)], "step: "),
        ([Attempt(3, 1, succeeded=True)], "step: "),
        (["load"], "expected an Attempt"),
        (7, "expected a sequence"),
    ],
)
def test_an_impossible_history_is_named(account: Any, words: str) -> None:
    with pytest.raises(OddAnswer, match=f"`attempts` returned .*{words}"):
        giving(account).attempts("1")


@pytest.mark.parametrize("method", ["trigger", "trigger_once", "runs"])
@pytest.mark.parametrize("run", [7, "", None, "\udcff"])
def test_a_run_without_a_name_is_named(method: str, run: object) -> None:
    with pytest.raises(OddAnswer):
        ASKED[method](giving([run] if method == "runs" else run))


@pytest.mark.parametrize("method", ASKED)
@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), BaseException("a panic")])
def test_an_exit_ends_only_the_call(method: str, error: BaseException) -> None:
    with pytest.raises(OddAnswer, match=f"raised {type(error).__name__}"):
        ASKED[method](giving(error))


@pytest.mark.parametrize("method", ASKED)
def test_ctrl_c_passes(method: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        ASKED[method](giving(KeyboardInterrupt()))


def test_the_line_of_an_exit_is_kept() -> None:
    class Leaves:
        def ready(self) -> bool:
            sys.exit(0)

    with pytest.raises(OddAnswer) as raised:
        BoundedDriver(Leaves()).ready()
    assert any("sys.exit(0)" in str(entry) for entry in raised.traceback)


def test_an_error_number_without_words_is_named() -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned a value of type int"):
        giving(RunStatus(RunState.SUCCESS, 10**5000)).status("1")
