"""Suggests a command with narrower intervals for a result. Knows only the result's environment."""

import shlex

from harness.labs.latency.plan import PRESETS, STANDARD
from harness.results.environment import Environment


def sharper(environment: Environment) -> str:
    """Return the command with the same choice of systems. Empty for full results and for crash results."""
    sharp = environment.preset == STANDARD.name and environment.laps >= STANDARD.laps
    if sharp or environment.preset not in PRESETS:
        return ""
    words = ["--preset", STANDARD.name]
    if choice := environment.choice:
        words += ["--all"] if choice.everyone else []
        words += [word for name in choice.only for word in ("--only", name)]
        words += [word for name in choice.profiles for word in ("--profile", name)]
    return f'make bench ARGS="{shlex.join(words)}"'
