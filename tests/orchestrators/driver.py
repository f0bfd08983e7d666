"""Speaks to `serving.py`, which answers as the baseline's server does, and tells of attempts besides."""

from collections.abc import Sequence

from plain.driver import Driver as PlainDriver

from harness.orchestrators.driver import Attempt


class Driver(PlainDriver):
    """Passes on what the server tells, true or not."""

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return the account of attempts, `None` where none is kept."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        account = answer.json()["attempts"]
        return None if account is None else [Attempt(**each) for each in account]
