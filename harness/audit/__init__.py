"""The audit: whether a result still says what was measured, and whether it can have been measured so.

Reads a `Result` and nothing else. The chain finds accidents and careless edits; the laws of trials, rounds and the plan
find what was chained anew. It goes on after a fault and raises for no content.
"""

from harness.audit.audit import audit
from harness.audit.faults import Fault
from harness.audit.quarantine import NotSound, demand_sound, quarantine, sound_part

__all__ = ["Fault", "NotSound", "audit", "demand_sound", "quarantine", "sound_part"]
