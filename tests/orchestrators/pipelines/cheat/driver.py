"""Speaks to `server.py`."""

from orchestrators.driver import Driver

__all__ = ["Driver"]
