"""Wraps a driver: each call has a time limit, and its response is checked against the protocol."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.orchestrators.answers import OddAnswer, held
from harness.orchestrators.bounded import LIMIT_S, BoundedDriver, DriverBlocked
from harness.orchestrators.driver import Driver


class DriverFault(HarnessError):
    """A driver took too long or returned an invalid value. The message names the method."""


class GuardedDriver(BoundedDriver):
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
        try:
            answer = super()._call(method, *arguments)
            held(method, answer)
        except (DriverBlocked, OddAnswer) as error:
            fault = f"{self._path}{self._line(method)}: {error}"
            if fault not in self.faults:
                self.faults.append(fault)
            raise DriverFault(fault) from error
        return answer

    def _line(self, method: str) -> str:
        """Return the line of a method, if it is in the driver's own file."""
        code = getattr(getattr(type(self.driver), method, None), "__code__", None)
        if code is None or Path(code.co_filename) != self._path:
            return ""
        return f", line {code.co_firstlineno}"
