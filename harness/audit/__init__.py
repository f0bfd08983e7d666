"""The audit: whether a result is unchanged, and whether its measurements are possible.

Reads only a `Result`. The chain finds accidents and careless edits. The rules for trials, rounds and the plan find
edits with a rewritten chain. The audit continues after a fault and never raises because of content.
"""

from harness.audit.audit import audit
from harness.audit.faults import Objection
from harness.audit.quarantine import AuditFailed, quarantine, require_valid, sound_part

__all__ = ["AuditFailed", "Objection", "audit", "quarantine", "require_valid", "sound_part"]
