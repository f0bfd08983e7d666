"""Faults of checks, for tests."""

from collections.abc import Iterable

from harness.check.verdict import Fault


def words(faults: Iterable[Fault]) -> list[str]:
    """Return what is wrong. Every fault must have a hint."""
    found = list(faults)
    assert all(fault.hint for fault in found)
    return [fault.what for fault in found]
