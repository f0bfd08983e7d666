"""The message before anything slow is done: the systems, and the expected time including builds."""

from typing import Any

import pytest
from samples import round_

from harness.cli import expectation
from harness.cli.expectation import expect
from harness.labs.latency.plan import QUICK, STANDARD
from harness.labs.start_or_resume import intend
from harness.machine.describe_machine import Intent
from harness.orchestrators.discovery import chosen
from harness.results.environment import Choice
from harness.results.records import RoundRecord


class Held:
    kind = "process"

    def __init__(self, build_s: float = 0) -> None:
        self.build_s = build_s
        self.asked: list[str] = []

    def expected_build_s(self, manifests: Any) -> float:
        self.asked = [manifest.name for manifest in manifests]
        return self.build_s


@pytest.fixture(autouse=True)
def a_minute_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        expectation, "expected_rounds_s", lambda _kind, _manifests, plan: {each.id: 60.0 for each in plan.rounds}
    )


def quick(*only: str) -> Intent:
    return intend("process", chosen(only, QUICK.profiles), Choice(), QUICK, None, 1)


def test_it_names_the_systems_and_the_expected_time() -> None:
    assert expect(Held(), quick()).words == "the baseline and 4 tools, 9 rows, 1 repetition: about 9 min"


def test_it_includes_the_time_of_builds() -> None:
    held = Held(build_s=180)
    words = "the baseline and 4 tools, 9 rows, 1 repetition: about 12 min, including 3 min for builds"
    assert expect(held, quick()).words == words
    assert len(held.asked) == 5


def test_the_baseline_on_its_own_has_no_other_tools() -> None:
    assert expect(Held(), quick("plain")).words == "the baseline, 1 row, 1 repetition: about 60 s"


def test_a_resumed_benchmark_counts_the_remaining_rounds() -> None:
    whole = intend("process", chosen(("plain",), ()), Choice(), STANDARD, None, 1)
    done: list[RoundRecord] = [
        round_(each.orchestrator, lap=each.lap).model_copy(update={"round": each.id, "round_number": each.number})
        for each in whole.plan.rounds[:2]
    ]
    going_on = Intent(whole.manifests, None, "standard", 4, 1, whole.plan, done)
    assert expect(Held(), going_on).words == "the baseline, 1 row, 4 repetitions, 2 of 4 rounds left: about 2 min"
