"""Speaks to the baseline's server, and fails on its answer."""

from plain.driver import Driver as PlainDriver


class Driver(PlainDriver):
    """Reads a field that the answer does not have."""

    def ready(self) -> bool:
        return bool(self._http.get("/health").json()["scheduler"])
