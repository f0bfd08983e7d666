"""Properties that must be equal in results that are joined, and others that can differ."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks import edit_environment, write_benchmark, write_crash_lap, write_part

from harness.cli.results import join
from harness.errors import Misuse
from harness.results.environment import ENVIRONMENT
from harness.results.joinable import objection
from harness.results.result import PLAN, read_result

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    for number in (1, 2):
        write_part(tmp_path / f"part{number}", number)
    return [tmp_path / "part1", tmp_path / "part2"]


def objected(parts: list[Path]) -> str:
    return objection([read_result(each) for each in parts])


def edit_plan(folder: Path, edit: Edit) -> None:
    content = json.loads((folder / PLAN).read_text())
    edit(content)
    (folder / PLAN).write_text(json.dumps(content))


def tool(content: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in content["systems"] if each["name"] == "tool")


def profile(content: dict[str, Any]) -> dict[str, Any]:
    return tool(content)["profiles"]["defaults"]


def test_two_results_of_the_same_method_can_be_joined(parts: list[Path]) -> None:
    assert objected(parts) == ""


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: content.update(commit="f" * 40, dirty=True, harness_sha256="a" * 64),
        lambda content: content.update(seed=8, preset="standard"),
        lambda content: content["machine"].update(host="other", cpus=64, cpu_model="fast", kernel="5.10"),
        lambda content: content["pinning"].update(pinned=True, harness=[0], stacks=[1]),
        lambda content: profile(content)["settings"]["DB"].update(reason="for another reason", docs="https://a.org/"),
        lambda content: tool(content).update(manifest_sha256="b" * 64, driver_sha256="b" * 64, title="The Tool"),
        lambda content: content["systems"].reverse(),
    ],
    ids=["commit and harness", "seed", "machine", "pinning", "a reason", "driver", "order"],
)
def test_properties_without_influence_on_numbers_may_differ(parts: list[Path], edit: Edit) -> None:
    edit_environment(parts[1], edit)
    assert objected(parts) == ""


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda content: content.update(method=2), "the method: {0} has 3, and {1} has 2"),
        (lambda content: content["isolation"].update(kind="process"), "the isolation: {0} has container, and {1}"),
        (lambda content: content["isolation"]["facts"].update(cgroup="v1"), "the isolation's cgroup: {0} has v2, and"),
        (lambda content: content.update(cpus=1), "the CPUs of a stack: {0} has 2, and {1} has 1"),
        (lambda content: content.update(memory_bytes=2**30), "the memory of a stack in bytes: {0} has 4294967296"),
        (lambda content: content["pinning"].update(sharing=2), "the number of parallel rounds: {0} has 1"),
        (lambda content: tool(content).update(version="2.0"), "the version of tool: {0} has 1.0, and {1} has 2.0"),
        (lambda content: tool(content).update(lock_sha256="c" * 64), "the lock of tool: {0} has e3b0"),
        (lambda content: tool(content).update(mode="library"), "the mode of tool: {0} has server, and {1} has lib"),
        (lambda content: profile(content).update(poll_period_s=1), "the polling period of tool defaults in seconds:"),
        (lambda content: profile(content).update(retry_period_s=1), "the retry period of tool defaults in seconds:"),
        (lambda content: profile(content).update(trial_limit_s=9), "the time limit of a trial of tool defaults in sec"),
        (lambda content: profile(content).update(metadata_database=False), "the metadata database of tool defaults:"),
        (
            lambda content: profile(content)["settings"]["DB"].update(value="sqlite"),
            "the setting DB of tool defaults: {0} has postgresql://there, and {1} has sqlite",
        ),
        (
            lambda content: profile(content)["settings"].update(NEW={"value": "", "reason": "r", "docs": "d"}),
            "the setting NEW of tool defaults: {0} has no value, and {1} has ",
        ),
        (lambda content: content["systems"].remove(tool(content)), "the version of tool: {0} has 1.0, and {1} has n"),
    ],
)
def test_the_first_difference_is_named_with_the_file_of_each_side(parts: list[Path], edit: Edit, words: str) -> None:
    edit_environment(parts[1], edit)
    files = [str(part / ENVIRONMENT) for part in parts]
    assert f"because they differ in {words.format(*files)}" in objected(parts)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda plan: plan["scenarios"]["etl"].update(retries=1), "retries of the scenario etl: {0} has 2, and {1}"),
        (lambda plan: plan["scenarios"].pop("noop"), "name of the scenario noop: {0} has noop, and {1} has no value"),
        (
            lambda plan: plan["rounds"][1]["trials"].pop(),
            "the warm trials of a round of tool defaults: {0} has 2 etl, 1 exhaustion, 1 noop, 1 retry, and 10 s",
        ),
        (lambda plan: plan["rounds"][0].update(rest_s=20), "the warm trials of a round of floor defaults: {0}"),
    ],
)
def test_a_difference_of_plans_is_named_too(parts: list[Path], edit: Edit, words: str) -> None:
    edit_plan(parts[1], edit)
    files = [str(part / PLAN) for part in parts]
    assert f"because they differ in {words.format(*files)}" in objected(parts)


def test_which_workload_is_cold_may_differ(parts: list[Path]) -> None:
    def begin_with_noop(plan: dict[str, Any]) -> None:
        for planned in plan["rounds"]:
            planned["trials"].insert(0, {**planned["trials"].pop(0), "scenario": "noop"})

    edit_plan(parts[1], begin_with_noop)
    assert objected(parts) == ""


def test_laps_count_once(parts: list[Path]) -> None:
    assert "are the same benchmark. Its laps count once" in objected([*parts, parts[0]])


def test_an_unfinished_result_names_the_command_that_resumes_it(tmp_path: Path, parts: list[Path]) -> None:
    write_benchmark(tmp_path / "cut", ended=False)
    assert objected([*parts, tmp_path / "cut"]).endswith(
        "cut cannot be joined: it is unfinished. Finish it first with `orchbench bench --resume`"
    )


def test_crash_laps_need_no_join(tmp_path: Path, parts: list[Path]) -> None:
    write_crash_lap(tmp_path / "crashed", "floor", "tool")
    with pytest.raises(Misuse, match="crashed cannot be joined: it has crash trials"):
        join([*parts, tmp_path / "crashed"], tmp_path / "joined")
