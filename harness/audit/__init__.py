"""The audit: whether a result is unchanged, and whether its measurements are possible.

Reads only a `Result`. The chain finds accidents and careless edits. The rules for trials, rounds and the plan find
edits with a rewritten chain. The audit continues after a fault and never raises because of content.
"""

from harness.audit.audit import audit
from harness.audit.faults import Fault
from harness.audit.quarantine import NotSound, demand_sound, quarantine, sound_part

__all__ = ["Fault", "NotSound", "audit", "demand_sound", "quarantine", "sound_part"]
