"""Speaks to `serving.py`, which answers like the baseline's server and also has an attempt history."""

from collections.abc import Sequence

from plain.driver import Driver as PlainDriver

from harness.orchestrators.driver import Attempt, RunState, RunStatus


class Driver(PlainDriver):
    """Returns whatever the server reports, true or not."""

    def state(self, run: str) -> RunStatus:
        """Return the state, and the end if the server reports one."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        return RunStatus(RunState(answer.json()["state"]), answer.json().get("ended_s"))

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return the attempt history, or `None` if there is none."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        account = answer.json()["attempts"]
        return None if account is None else [Attempt(**each) for each in account]
