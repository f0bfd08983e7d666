"""Speaks to `server.py`, and fails in some trials of a round, each time in another way."""

import re
from collections.abc import Mapping, Sequence

from orchestrators.driver import Driver as TestDriver

from harness.orchestrators.driver import Attempt, RunStatus

RAISES_IN_TRIGGER, RAISES_IN_STATE, RAISES_IN_ATTEMPTS = 12, 13, 14


class Driver(TestDriver):
    """Knows its trial by the number in the trial's id."""

    _number = 0

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        self._number = int(re.findall(r"-(\d\d)-", parameters["trial"])[-1])
        if self._number == RAISES_IN_TRIGGER:
            raise KeyError("[/x] is no markup")
        return super().trigger(workload, parameters)

    def state(self, run: str) -> RunStatus:
        if self._number == RAISES_IN_STATE:
            return {}["[bold]"]
        return super().state(run)

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        if self._number == RAISES_IN_ATTEMPTS:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd answer")
        return super().attempts(run)
