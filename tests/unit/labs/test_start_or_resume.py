"""The plan is known before anything is built, and a resumed benchmark keeps its choice."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from benchmarks import edit_environment, write_benchmark

from harness.errors import Misuse
from harness.labs import start_or_resume
from harness.labs.crash.plan import CrashPreset
from harness.labs.latency.plan import QUICK
from harness.labs.start_or_resume import intend, intent_of
from harness.orchestrators.discovery import chosen, discover
from harness.orchestrators.manifest import Manifest
from harness.provision.built import BuildError, Built
from harness.results.environment import Choice
from harness.results.result import read_result

BASELINE = discover()[0].name
OTHER = discover()[-1].name


def test_a_resumed_benchmark_keeps_its_systems_and_options(tmp_path: Path) -> None:
    taking_part = [*dict.fromkeys((BASELINE, OTHER))]
    write_benchmark(tmp_path, *taking_part, ended=False)
    edit_environment(tmp_path, lambda content: content.update(choice={"only": [OTHER], "profiles": ["defaults"]}))
    before = read_result(tmp_path)
    intent = intent_of(before)
    assert [manifest.name for manifest in intent.manifests] == taking_part
    assert all([*manifest.profiles] == ["defaults"] for manifest in intent.manifests)
    assert intent.choice == Choice(only=[OTHER], profiles=["defaults"])
    assert (intent.plan, intent.done) == (before.plan, before.records)


def test_a_quick_benchmark_is_one_lap_of_the_default_systems() -> None:
    rows = sum(len(manifest.profiles) for manifest in chosen((), ()))
    intent = intend("process", chosen((), ()), Choice(), QUICK, None, None)
    assert (intent.preset, intent.laps, len(intent.plan.rounds)) == ("quick", 1, rows)
    assert {each.orchestrator for each in intent.plan.rounds} == {manifest.name for manifest in intent.manifests}


def test_scenarios_that_apply_to_no_system_are_a_misuse_with_a_reason() -> None:
    lab = CrashPreset(("hang",), patience_s=120)
    with pytest.raises(Misuse, match=rf"here: `hang` does not apply to {BASELINE} \(a thread of plain Python"):
        intend("process", chosen((BASELINE,), ()), Choice(), lab, None, 1)


def test_a_crash_lap_without_any_possible_scenario_is_a_misuse() -> None:
    lab = CrashPreset((), patience_s=120, among=[])
    with pytest.raises(Misuse, match="none of these scenarios"):
        intend("process", chosen((), ()), Choice(), lab, None, 1)


def test_a_system_that_cannot_be_built_any_more_does_not_stop_the_others(tmp_path: Path) -> None:
    write_benchmark(tmp_path, BASELINE, OTHER, ended=False)
    before = read_result(tmp_path)
    manifests = [each for each in discover() if each.name in (BASELINE, OTHER)]
    asked: list[str] = []

    def prepare(manifest: Manifest, *_: object) -> Built:
        asked.append(manifest.name)
        raise BuildError("no index answers")

    ground = SimpleNamespace(isolation=SimpleNamespace(prepare=prepare), envelope=None)
    assert start_or_resume._built_anew(ground, before, manifests) == ""
    assert asked == [OTHER]
