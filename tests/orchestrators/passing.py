"""A driver that passes every call on to another, for tests that replace single methods."""

from typing import Any


class PassingDriver:
    """Passes every call on to a driver."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)
