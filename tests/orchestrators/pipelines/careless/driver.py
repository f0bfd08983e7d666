"""Speaks to the baseline's server, and returns an attempt history and an end time that are wrong."""

import time
from collections.abc import Mapping, Sequence

from plain.driver import Driver as PlainDriver

from harness.orchestrators.driver import Attempt, RunStatus


class Driver(PlainDriver):
    """Reports the end of each run in the future, and only one attempt of the trial `retry`."""

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        self._trial = parameters["trial"]
        return super().trigger(workload, parameters)

    def state(self, run: str) -> RunStatus:
        return RunStatus(super().state(run), ended_s=time.time() + 3600)

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        return [Attempt("load", 1, succeeded=True)] if "retry" in self._trial else None
