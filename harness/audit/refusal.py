"""Refusing to make anything of a result that does not pass the audit."""

from collections.abc import Sequence

from harness.audit.audit import audit
from harness.audit.faults import Fault
from harness.errors import Failure
from harness.paths import shown
from harness.results.result import Result

_SHOWN = 10


class NotSound(Failure):
    """A result does not pass the audit; the message names each fault."""

    def __init__(self, result: Result, faults: Sequence[Fault]) -> None:
        folder = shown(result.folder)
        named = "\n".join(f"  {fault.where}: {fault.what}" for fault in faults[:_SHOWN])
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(
            f"{folder} does not pass the audit, so nothing is made of it:\n{named}{more}",
            remedy=f"orchbench audit {folder}",
        )


def demand_sound(result: Result) -> None:
    """Raise `NotSound` unless a result passes the audit."""
    if faults := audit(result):
        raise NotSound(result, faults)
