"""A driver that keeps the faults of its responses, because the harness tolerates some."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.orchestrators.answers import OddAnswer
from harness.orchestrators.bounded import LIMIT_S, BoundedDriver, DriverBlocked
from harness.orchestrators.driver import Driver


class DriverFault(HarnessError):
    """A driver took too long or returned an invalid value. The message names the method."""


class GuardedDriver(BoundedDriver):
    """Raises `DriverFault` for responses that are late or break the protocol.

    `faults` keeps them. `started` maps trials to runs.
    """

    def __init__(self, driver: Driver, folder: Path, limit_s: float = LIMIT_S) -> None:
        super().__init__(driver, limit_s)
        self._path = folder / "driver.py"
        self.faults: list[str] = []
        self.started: dict[str, str] = {}

    def trigger(self, workload: str, parameters: Mapping[str, str], *, once: bool = False) -> str:
        """Start a run and keep its id."""
        self.started[parameters["trial"]] = run = super().trigger(workload, parameters, once=once)
        return run

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return super()._call(method, *arguments)
        except (DriverBlocked, OddAnswer) as error:
            fault = f"{self._path}{self._line(method)}: {error}"
            if fault not in self.faults:
                self.faults.append(fault)
            self.raised = DriverFault(fault)
            raise self.raised from error

    def _line(self, method: str) -> str:
        """Return the line of a method, if it is in the driver's own file."""
        code = getattr(getattr(type(self.driver), method, None), "__code__", None)
        if code is None or Path(code.co_filename) != self._path:
            return ""
        return f", line {code.co_firstlineno}"
