"""What will be measured and how long it takes, before it starts and while it runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev

from harness.isolation.protocol import Isolation
from harness.labs.benchmark import remaining_rounds
from harness.labs.estimate import expected_rounds_s, expected_wall_s
from harness.machine.describe_machine import Intent
from harness.report.format import counted


@dataclass(frozen=True)
class Expectation:
    """The expected seconds of each planned round by its id, and a summary in one line."""

    rounds_s: Mapping[str, float]
    words: str


def expect(held: Isolation, intent: Intent, jobs: int = 1) -> Expectation:
    """Return how long a benchmark will take, builds included, from earlier measurements of this checkout.

    `jobs` rounds run in parallel.
    """
    by_name = {manifest.name: manifest for manifest in intent.manifests}
    rounds_s = expected_rounds_s(held.kind, by_name, intent.plan)
    to_come = remaining_rounds(intent.plan, intent.done)
    build_s = held.expected_build_s([by_name[name] for name in sorted({each.orchestrator for each in to_come})])
    total_s = build_s + expected_wall_s(rounds_s, to_come, jobs)
    builds = f", including {minutes(build_s)} for builds" if build_s else ""
    return Expectation(rounds_s, f"{_what(intent, len(to_come))}: about {minutes(total_s)}{builds}")


def _what(intent: Intent, to_come: int) -> str:
    tools = sum(not manifest.baseline for manifest in intent.manifests)
    rows = len({(planned.orchestrator, planned.profile) for planned in intent.plan.rounds})
    rounds = len(intent.plan.rounds)
    return ", ".join(
        [
            f"the baseline and {counted(tools, 'tool')}" if tools else "the baseline",
            counted(rows, "row"),
            counted(intent.laps, "repetition"),
            *([f"{to_come} of {rounds} rounds left"] if to_come < rounds else []),
        ]
    )


def time_left(expected_s: float, took: Sequence[tuple[float, float]]) -> str:
    """Return the remaining time: the expected time, scaled by how long past rounds took compared with expectations.

    `took` has actual and expected seconds of each finished round. From two rounds on, the result has an uncertainty:
    one standard deviation of these shares for the sum of the remaining rounds (at least one).
    """
    if not took:
        return f"about {minutes(expected_s)} left"
    shares = [seconds / expected for seconds, expected in took if expected > 0] or [1.0]
    left_s = expected_s * sum(seconds for seconds, _ in took) / max(1.0, sum(expected for _, expected in took))
    if len(shares) == 1:
        return f"about {minutes(left_s)} left"
    rounds_left = max(1.0, expected_s * len(took) / max(1.0, sum(expected for _, expected in took)))
    return f"{minutes(left_s)} ± {minutes(left_s * stdev(shares) / math.sqrt(rounds_left))} left"


def minutes(seconds: float) -> str:
    """Return a time in minutes, or in seconds if it is short."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
