"""Answers of drivers that no record could store, or that would end this process, fail only that call."""

import math
import sys
from typing import Any

import pytest

from harness.orchestrators.answers import (
    OddAnswer,
    attempts_of,
    cancel_run,
    poll_status,
    ready_of,
    runs_of,
    trigger_of,
)
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


ASKED = {
    "ready": ready_of,
    "trigger": lambda driver: trigger_of(driver, "etl", {"trial": "t"}),
    "trigger_once": lambda driver: trigger_of(driver, "etl", {"trial": "t"}, once=True),
    "state": lambda driver: poll_status(driver, "1"),
    "attempts": lambda driver: attempts_of(driver, "1"),
    "runs": lambda driver: runs_of(driver, "etl", "t"),
    "cancel": lambda driver: cancel_run(driver, "1"),
}


@pytest.mark.parametrize("answer", [RunState.RUNNING, RunStatus(RunState.SUCCESS), RunStatus(RunState.FAILED, 1.5)])
def test_answers_within_the_protocol_pass(answer: RunState | RunStatus) -> None:
    told = poll_status(Answers(answer), "1")
    assert told == (answer if isinstance(answer, RunStatus) else RunStatus(answer))


@pytest.mark.parametrize("ended_s", [math.nan, math.inf, -5, 1e300, 10**400, "yesterday", True])
def test_an_impossible_end_is_named(ended_s: Any) -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned .*ended_s: "):
        poll_status(Answers(RunStatus(RunState.SUCCESS, ended_s)), "1")


@pytest.mark.parametrize("state", ["success", None, 1, RunStatus("success"), RunStatus(None)])
def test_an_unknown_state_is_named(state: object) -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned .*state: "):
        poll_status(Answers(state), "1")


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
        attempts_of(Answers(account), "1")


@pytest.mark.parametrize("method", ["trigger", "trigger_once", "runs"])
@pytest.mark.parametrize("run", [7, "", None, "\udcff"])
def test_a_run_without_a_name_is_named(method: str, run: object) -> None:
    with pytest.raises(OddAnswer):
        ASKED[method](Answers([run] if method == "runs" else run))


@pytest.mark.parametrize("method", ASKED)
@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), BaseException("a panic")])
def test_an_exit_ends_only_the_call(method: str, error: BaseException) -> None:
    with pytest.raises(OddAnswer, match=f"raised {type(error).__name__}"):
        ASKED[method](Answers(error))


@pytest.mark.parametrize("method", ASKED)
def test_ctrl_c_passes(method: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        ASKED[method](Answers(KeyboardInterrupt()))


def test_the_line_of_an_exit_is_kept() -> None:
    class Leaves:
        def ready(self) -> bool:
            sys.exit(0)

    with pytest.raises(OddAnswer) as raised:
        ready_of(Leaves())
    assert any("sys.exit(0)" in str(entry) for entry in raised.traceback)


def test_an_error_number_without_words_is_named() -> None:
    with pytest.raises(OddAnswer, match=r"`state` returned a value of type int"):
        poll_status(Answers(RunStatus(RunState.SUCCESS, 10**5000)), "1")
