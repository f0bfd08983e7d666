"""Speaks to the baseline's server, and trips over its answer."""

from plain.driver import Driver as PlainDriver


class Driver(PlainDriver):
    """Looks for what the answer does not hold."""

    def ready(self) -> bool:
        return bool(self._http.get("/health").json()["scheduler"])
