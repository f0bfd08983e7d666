"""Which command measures more sharply what a result has measured. Knows only the result's environment."""

import shlex

from harness.experiment.plan import PRESETS, STANDARD
from harness.results.environment import Environment


def sharper(environment: Environment) -> str:
    """Return the command, with the choice that was made; empty for what is as sharp as it gets, and for crash laps."""
    sharp = environment.preset == STANDARD.name and environment.laps >= STANDARD.laps
    if sharp or environment.preset not in PRESETS:
        return ""
    words = ["--preset", STANDARD.name]
    if choice := environment.choice:
        words += ["--all"] if choice.everyone else []
        words += [word for name in choice.only for word in ("--only", name)]
        words += [word for name in choice.profiles for word in ("--profile", name)]
    return f'make bench ARGS="{shlex.join(words)}"'
