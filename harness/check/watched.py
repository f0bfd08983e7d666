"""Wraps a driver: each call has a time limit, and its response is checked against the protocol's types."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from harness.errors import HarnessError
from harness.in_time import OutOfTime
from harness.orchestrators.answers import asked
from harness.orchestrators.bounded import LIMIT_S, ForwardingDriver
from harness.orchestrators.driver import Attempt, Driver, RunState, Told

_TYPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "ready": (lambda it: isinstance(it, bool), "bool"),
    "trigger": (lambda it: isinstance(it, str) and bool(it), "the run's id as a str"),
    "trigger_once": (lambda it: isinstance(it, str) and bool(it), "the run's id as a str"),
    "state": (lambda it: isinstance(it, RunState | Told) and _is_told(it), "RunState or Told"),
    "attempts": (lambda it: it is None or _is_row_of(it, Attempt), "a sequence of Attempt, or None"),
    "runs": (lambda it: _is_row_of(it, str), "a sequence of the runs' ids as str"),
    "cancel": (lambda it: it is None, "nothing"),
}


class DriverFault(HarnessError):
    """A driver took too long or returned an invalid value. The message names the method."""


class WatchedDriver(ForwardingDriver):
    """Forwards every call to a driver, and raises `DriverFault` if its response breaks the protocol.

    `faults` keeps every fault, because the harness tolerates some. `started` maps trials to runs.
    """

    def __init__(self, driver: Driver, folder: Path, limit_s: float = LIMIT_S) -> None:
        super().__init__(driver, limit_s)
        self._path = folder / "driver.py"
        self.faults: list[str] = []
        self.started: dict[str, str] = {}

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Forward the trigger."""
        run = super().trigger(workload, parameters)
        self.started[parameters["trial"]] = run
        return run

    def _call(self, method: str, *arguments: object) -> Any:
        answer = self._in_time(method, *arguments)
        fits, expected = _TYPES[method]
        if not fits(answer):
            self._object(method, f"{method} returned {type(answer).__name__} {str(answer)[:80]!r}, expected {expected}")
        return answer

    def _in_time(self, method: str, *arguments: object) -> object:
        try:
            return self._caller.call(self._limit_s, lambda: asked(getattr(self.driver, method), *arguments))
        except OutOfTime:
            self._object(method, self._too_late(method))

    def _object(self, method: str, words: str) -> NoReturn:
        fault = f"{self._path}{self._line(method)}: {words}"
        if fault not in self.faults:
            self.faults.append(fault)
        raise DriverFault(fault)

    def _line(self, method: str) -> str:
        """Return the line of a method, if it is in the driver's own file."""
        code = getattr(getattr(type(self.driver), method, None), "__code__", None)
        if code is None or Path(code.co_filename) != self._path:
            return ""
        return f", line {code.co_firstlineno}"


def _is_told(answer: RunState | Told) -> bool:
    return isinstance(answer, RunState) or (
        isinstance(answer.state, RunState) and isinstance(answer.ended_s, int | float | None)
    )


def _is_row_of(answer: object, kind: type) -> bool:
    return (
        isinstance(answer, Sequence) and not isinstance(answer, str) and all(isinstance(each, kind) for each in answer)
    )
