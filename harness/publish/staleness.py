"""Says if a result is out of date, by its age and by the current locks."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.orchestrators.discovery import discover
from harness.results.environment import Environment
from harness.results.result import Result

STALE_DAYS = 90
_DAY_S = 86_400
PUBLISHABLE = 'make bench ARGS="--preset standard --all"'
"""The command that produces a publishable result."""


@dataclass(frozen=True)
class LockedVersion:
    """An orchestrator's locked version in this checkout."""

    version: str
    sha256: str


def badge(environment: Environment, now_s: float, locks: Mapping[str, LockedVersion]) -> str:
    """Say in one line why a result is out of date. Empty if it is current."""
    days = int((now_s - environment.started_s) // _DAY_S)
    reasons = [f"measured {days} days ago"] if days > STALE_DAYS else []
    for system in environment.systems:
        now = locks.get(system.name)
        if now is None:
            continue
        if now.version != system.version and not system.baseline:
            reasons.append(f"{system.title} was {system.version} and is now {now.version}")
        elif now.sha256 != system.lock_sha256:
            reasons.append(f"the locked dependencies of {system.title} have changed")
    return f"**Out of date**: {', '.join(reasons)}. Measure again with `{PUBLISHABLE}`" if reasons else ""


def staleness(result: Result) -> str:
    """Say why a result is out of date by age or by this checkout's locks. Empty if it is current."""
    locks = {m.name: LockedVersion(m.version, hashlib.sha256(m.lock.read_bytes()).hexdigest()) for m in discover()}
    return badge(result.environment, time.time(), locks)
