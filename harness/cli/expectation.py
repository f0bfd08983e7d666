"""Describes what will be measured and how long it takes, before anything slow starts."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.cli.time_left import minutes
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
