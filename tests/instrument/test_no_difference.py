"""The same orchestrator entered twice is no faster than itself, and a delay that is really there is found.

A small benchmark with the baseline, a twin of it under another name, and that twin with a second more; from its
records follow the ratios that a report would show.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from orchestrators.assembled import BASELINE
from orchestrators.benchmarking import run_benchmark

from harness.audit import audit, require_valid
from harness.experiment.plan import Plan
from harness.experiment.scenario import define
from harness.isolation.protocol import Isolation
from harness.labs.kind import AnyTrial
from harness.labs.latency.plan import BASELINE_WARM_TRIALS, LatencyPreset, make_plan
from harness.measure.golden_file import golden
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.report.column import columns
from harness.results.records import RoundRecord
from harness.results.result import read_result
from harness.statistics.ratios import Ratio, paired

pytestmark = pytest.mark.instrument

LAPS = 4
"""As many as the standard preset has."""
PRESET = LatencyPreset("twins", laps=LAPS, warm_s=1, warm_trials=(BASELINE_WARM_TRIALS, BASELINE_WARM_TRIALS), rest_s=1)
SEED = 1
SLOWER = """
[profiles.slower]
trial_s = 4

[profiles.slower.settings.TWIN_DELAY_S]
value = "1.0"
reason = "a known delay, which must be found"
docs = "https://docs.python.org/3.11/library/time.html#time.sleep"
"""


def make_twin(folder: Path) -> Manifest:
    """Copy the baseline under the name `twin` into a folder; its second profile waits before each run."""
    twin = folder / "pipelines" / "twin"
    shutil.copytree(BASELINE.folder, twin, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = twin / MANIFEST
    rewrite(manifest, f'name = "{BASELINE.name}"', 'name = "twin"')
    rewrite(manifest, f'title = "{BASELINE.title}"', 'title = "its twin"')
    rewrite(manifest, "baseline = true\n", "")
    manifest.write_text(manifest.read_text() + SLOWER)
    start = "                runs.append("
    wait = '                time.sleep(float(os.environ.get("TWIN_DELAY_S", "0")))\n'
    rewrite(twin / "server.py", start, wait + start)
    rewrite(twin / "server.py", "import os\n", "import os\nimport time\n")
    return read_manifest(manifest)


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace what must be in a file exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, f"{path}: {old!r}"
    path.write_text(text.replace(old, new))


def small_plan(manifests: Sequence[Manifest]) -> Plan:
    """Return the plan of `noop` alone, whose runs are shortest: a bias shows there first.

    A cold trial of `etl` remains where one opens a round, of a month instead of twelve.
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
    """Return how many times the twin takes as long as the baseline for `noop`, and print it."""
    result = read_result(folder)
    require_valid(result)
    found = {(each.system.name, each.profile): each.total_s("noop") for each in columns(result)}
    times = paired(found["twin", profile], found[BASELINE.name, "defaults"])
    assert times is not None
    assert times.interval is not None
    print(f"twin {profile}: {times.value:.3f} ({times.interval.low:.3f} to {times.interval.high:.3f})")
    return times


@pytest.fixture(scope="module")
def benchmarks(isolation: Isolation, build, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what runs a benchmark of that name once, and gives its folder."""

    @cache
    def run(name: str) -> Path:
        tree = tmp_path_factory.mktemp(name)
        manifests = {each.name: each for each in (BASELINE, make_twin(tree))}
        plan = small_plan(list(manifests.values()))
        run_benchmark(tree / "result", isolation, build, manifests, plan, PRESET, Quiet())
        return tree / "result"

    return run


def test_the_same_orchestrator_twice_is_inseparable(benchmarks: Callable[[str], Path]) -> None:
    """A 95 % interval errs by chance in a few pairs of a hundred (docs/method/validation.md): a bias errs each time."""
    first = compare(benchmarks("first"), "defaults")
    if first.separable:
        second = compare(benchmarks("second"), "defaults")
        assert not second.separable or (first.value > 1) != (second.value > 1)


def test_a_known_delay_is_found(benchmarks: Callable[[str], Path]) -> None:
    """The counter-test: what never separates anything would pass the one above. A plain noop takes less than 0.1 s."""
    found = compare(benchmarks("first"), "slower")
    assert found.separable
    assert found.value > 1.5


def test_its_records_pass_the_audit(benchmarks: Callable[[str], Path]) -> None:
    assert audit(read_result(benchmarks("first"))) == []
