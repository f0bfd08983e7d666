"""Speaks to `server.py`, which answers like the baseline's server and can also cancel."""

from plain.driver import Driver as PlainDriver


class Driver(PlainDriver):
    """Passes on the server's answers."""

    def cancel(self, run: str) -> None:
        """Request a run's end."""
        self._http.delete(f"/runs/{run}").raise_for_status()
