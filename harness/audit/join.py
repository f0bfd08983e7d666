"""Checks a joined result: its parts must be sound, unchanged and joinable."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.audit.faults import Objection
from harness.paths import shown
from harness.results.joinable import objection
from harness.results.joined import JOIN, digests
from harness.results.result import Result


def parts_hold(result: Result, audit: Callable[[Result], list[Objection]]) -> Iterator[Objection]:
    """Check each part with `audit`, and all of them together. A fault in any part invalidates the joined result."""
    for part in result.parts:
        folder = shown(part.result.folder)
        for name, digest in digests(part.result).items():
            if part.stated.get(name) != digest:
                yield Objection(JOIN, f"its SHA-256 does not match {folder / name}, so one of the two was changed")
        for fault in audit(part.result):
            yield replace(fault, where=f"{folder}/{fault.where}", spoils=None)
    if reason := objection([part.result for part in result.parts]):
        yield Objection(JOIN, reason)
