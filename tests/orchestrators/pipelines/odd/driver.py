"""Speaks to the baseline's server, and returns values that the protocol does not allow."""

import math
import re
import sys
from collections.abc import Mapping, Sequence

from plain.driver import Driver as PlainDriver

from harness.orchestrators.driver import Attempt, RunState, RunStatus


class Driver(PlainDriver):
    """Misbehaves in the first three trials of a round, by the number in the trial's id."""

    _number = 0

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        self._number = int(re.search(r"-(\d\d)-", parameters["trial"])[1])
        return super().trigger(workload, parameters)

    def state(self, run: str) -> RunState | RunStatus:
        state = super().state(run)
        if state.final and self._number == 1:
            return RunStatus(state, math.nan)
        if state.final and self._number == 2:
            sys.exit(0)
        return state

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        return [Attempt("load", "1", succeeded=1)] if self._number == 3 else None
