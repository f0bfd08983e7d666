"""An orchestrator that is measured twice is no faster than itself, and a real delay is found.

A small benchmark measures the baseline, its twin under another name, and the twin with one second more. Its records
give the ratios that a report would show.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from orchestrators.assembled import BASELINE, assemble
from orchestrators.benchmarking import run_benchmark

from harness.audit import audit, require_valid
from harness.experiment.plan import Plan
from harness.experiment.scenario import define
from harness.isolation.protocol import Isolation
from harness.labs.kind import AnyTrial
from harness.labs.latency.plan import BASELINE_WARM_TRIALS, LatencyPreset, make_plan
from harness.measure.golden_file import golden
from harness.orchestrators.manifest import Manifest
from harness.report.lineup import lineup_of
from harness.report.measures import MEASURES
from harness.results.records import RoundRecord
from harness.results.result import read_result
from harness.statistics.ratios import Ratio, paired

pytestmark = pytest.mark.instrument

LAPS = 4
"""As many as the standard preset has."""
PRESET = LatencyPreset("twins", laps=LAPS, warm_s=1, warm_trials=(BASELINE_WARM_TRIALS, BASELINE_WARM_TRIALS), rest_s=1)
SEED = 1


def small_plan(manifests: Sequence[Manifest]) -> Plan:
    """Return a plan of `noop` only, because a bias is easiest to see in the shortest runs.

    If a cold trial of `etl` opens a round, it remains, with one month instead of twelve.
    """
    plan = make_plan(manifests, PRESET, LAPS, SEED)
    rounds = [
        replace(each, trials=tuple(t for t in each.trials if t.cold or t.scenario == "noop")) for each in plan.rounds
    ]
    short = define(golden(), "etl", "etl", "2013-01", {})
    return Plan({**plan.scenarios, "etl": short}, tuple(rounds))


class Quiet:
    """Shows the failures of a benchmark, and nothing else."""

    def doing(self, what: str) -> None:
        """Receive the current activity."""

    def trial(self, record: AnyTrial) -> None:
        """Receive a finished trial."""
        if record.outcome != "valid":
            print(record.trial, record.outcome, record.reason)

    def round(self, record: RoundRecord) -> None:
        """Receive a finished round."""
        if record.failure:
            print(record.round, record.failure, *record.log, sep="\n")


def compare(folder: Path, profile: str) -> Ratio:
    """Return the ratio of the twin's times to the baseline's for `noop`, and print it."""
    result = read_result(folder)
    require_valid(result)
    total = MEASURES["noop_total_s"]
    found = {(row.system.name, row.profile): total.sample(row) for row in lineup_of(result).rows}
    times = paired(found["twin", profile], found[BASELINE.name, "defaults"])
    assert times is not None
    assert times.interval is not None
    print(f"twin {profile}: {times.value:.3f} ({times.interval.low:.3f} to {times.interval.high:.3f})")
    return times


@pytest.fixture(scope="module")
def benchmarks(isolation: Isolation, build, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that runs a benchmark of that name once, and returns its folder."""

    @cache
    def run(name: str) -> Path:
        tree = tmp_path_factory.mktemp(name)
        manifests = {each.name: each for each in (BASELINE, assemble("twin", tree / "pipelines"))}
        plan = small_plan(list(manifests.values()))
        run_benchmark(tree / "result", isolation, build, manifests, plan, PRESET, Quiet())
        return tree / "result"

    return run


def test_an_orchestrator_and_its_twin_are_tied(benchmarks: Callable[[str], Path]) -> None:
    """A 95% interval errs by chance in a few pairs of a hundred (docs/method/validation.md). A bias errs each time."""
    first = compare(benchmarks("first"), "defaults")
    if first.separable:
        second = compare(benchmarks("second"), "defaults")
        assert not second.separable or (first.value > 1) != (second.value > 1)


def test_a_known_delay_is_found(benchmarks: Callable[[str], Path]) -> None:
    """The counter-test: a method that never finds a difference would pass the test above."""
    found = compare(benchmarks("first"), "slower")
    assert found.separable
    assert found.value > 1.5


def test_its_records_pass_the_audit(benchmarks: Callable[[str], Path]) -> None:
    assert audit(read_result(benchmarks("first"))) == []
