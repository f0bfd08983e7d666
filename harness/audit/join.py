"""What must hold of a joined result: its parts are sound, are what was joined, and may be joined."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.audit.faults import Fault
from harness.paths import shown
from harness.results.joinable import objection
from harness.results.joined import JOIN, digests
from harness.results.result import Result


def parts_hold(result: Result, audit: Callable[[Result], list[Fault]]) -> Iterator[Fault]:
    """Check each part with `audit`, and all of them together. A fault of any part spoils the whole."""
    for part in result.parts:
        folder = shown(part.result.folder)
        for name, digest in digests(part.result).items():
            if part.stated.get(name) != digest:
                yield Fault(JOIN, f"its SHA-256 is not that of {folder / name}: one of the two was changed")
        for fault in audit(part.result):
            yield replace(fault, where=f"{folder}/{fault.where}", spoils=None)
    if reason := objection([part.result for part in result.parts]):
        yield Fault(JOIN, reason)
