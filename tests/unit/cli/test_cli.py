"""The command line without Docker: mistakes, and commands that need no engine."""

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import edit_environment, write_benchmark, write_part
from checkouts import Checkout, copy_checkout, warm

from harness.machine.host_lock import VARIABLE, exclusive
from harness.orchestrators.discovery import discover
from harness.results.records import RECORDS

MADE = "made_by_a_test"
"""A name that no tool has."""
NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return copy_checkout(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A copy for commands that change nothing in it."""
    with warm(copy_checkout(tmp_path_factory.mktemp("untouched"))) as checkout:
        yield checkout


def test_no_docker_is_one_sentence_with_a_remedy(untouched: Checkout) -> None:
    code, output = untouched.run("bench", "--isolation", "container", **NO_ENGINE)
    assert code == 2
    assert "cannot use containers: no Docker engine responds" in output
    assert "try: unset DOCKER_HOST" in output
    assert "Traceback" not in output


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables of a machine on which another harness is running, so that no stack is started."""
    with exclusive(tmp_path / "lock"):
        yield {VARIABLE: str(tmp_path / "lock")}


def test_doctor_without_docker_names_the_remedy(untouched: Checkout, busy: dict[str, str]) -> None:
    code, output = untouched.run("doctor", **NO_ENGINE, **busy)
    assert "missing no Docker engine responds" in output
    assert "No such file or directory" in output
    if code == 0:
        assert re.search(r"ok +make bench: the baseline and \d+ tools?, \d+ rows, 1 repetition: about \d+ min", output)
    assert code == (0 if "ok      processes: as user" in output else 2)
    assert code == 2 or "warning process: skipped the test run: another orchbench is running" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bench", "--only", "nobody"], "unknown orchestrator 'nobody'. Choose from: plain"),
        (["bench", "--only", "plain, nobody"], "unknown orchestrator 'nobody'. Choose from: plain"),
        (["build", "plain,nobody"], "unknown orchestrator 'nobody'. Choose from: plain"),
        (["bench", "--profile", "tuned,fast"], "unknown profile 'fast'. Choose from: defaults, tuned"),
        (["bench", "--preset", "crash", "--scenario", "hang,bored"], "unknown crash scenario 'bored'"),
        (["bench", "--laps", "0"], "--laps"),
        (["bench", "--preset", "huge"], "--preset"),
        (["bench", "--profile", "fast"], "unknown profile 'fast'. Choose from: defaults"),
        (["ui", "nobody"], "unknown orchestrator 'nobody'"),
        (["ui", "plain", "--profile", "tuned"], "plain has no profile 'tuned'. Choose from: defaults"),
        (["check", "nobody"], "unknown folder pipelines/nobody. Choose from: "),
        (["check", "reference"], "unknown folder pipelines/reference. Choose from: "),
        (["check", "plain", "--until", "lunch"], "unknown check 'lunch'. Choose from: files, manifest, "),
        (["check", "plain", "--until", "manifest", "--profile", "tuned"], "plain has no profile 'tuned'"),
        (["list", "--settings", "nobody"], "unknown orchestrator 'nobody'"),
        (["audit", "nowhere"], "nowhere"),
        (["compare", "nowhere", "elsewhere"], "nowhere"),
        (
            ["bench", "--resume", "--laps", "2"],
            "Leave out --preset, --only, --all, --profile, --laps, --jobs, --scenario, --patience, --stuck and --seed",
        ),
        (["bench", "--resume", "--all"], "--resume continues with the original plan"),
        (["bench", "--all", "--only", "plain"], "--only and --all exclude each other"),
        (["bench", "--resume"], "there is no unfinished benchmark"),
        (["bench", "--scenario", "task-killed"], "--scenario, --patience and --stuck need --preset crash"),
        (["bench", "--stuck"], "--scenario, --patience and --stuck need --preset crash"),
        (
            ["bench", "--preset", "crash", "--scenario", "bored"],
            "unknown crash scenario 'bored'. Choose from: task-killed,",
        ),
        (["new"], "name"),
        (["new", "Tool"], "try: orchbench new tool"),
        (["new", "plain"], "pipelines/plain already exists"),
        (["new", MADE, "--from", "a b"], "'a b' is not a package"),
        (["lock", "nobody"], "unknown orchestrator 'nobody'"),
        (["nonsense"], "nonsense"),
        (["report", "nowhere"], "nowhere"),
        (["report"], "there is no benchmark yet"),
        (["publish"], "folder"),
        (["join", "nowhere"], "nowhere"),
        (["publish", "nowhere"], "nowhere"),
    ],
)
def test_misuse_is_described_and_exits_with_2(untouched: Checkout, arguments: list[str], words: str) -> None:
    code, output = untouched.run(*arguments, **NO_ENGINE)
    assert code == 2, output
    assert words in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "command",
    [
        "",
        "bench",
        "check",
        "report",
        "open",
        "site",
        "list",
        "doctor",
        "ui",
        "clean",
        "audit",
        "publish",
        "compare",
        "resolution",
        "join",
        "new",
        "lock",
    ],
)
def test_help_has_examples(untouched: Checkout, command: str) -> None:
    code, output = untouched.run(*command.split(), "--help")
    assert code == 0
    assert "Example" in output


def test_a_broken_manifest_is_named(checkout: Checkout) -> None:
    manifest = checkout.folder / "pipelines" / "plain" / "orchestrator.toml"
    manifest.write_text(manifest.read_text().replace("port = 8000", 'port = "http"'))
    code, output = checkout.run("list")
    assert code == 2
    assert "plain/orchestrator.toml: port: Input should be a valid integer" in output.replace("\n", "")


def test_a_complete_folder_passes_the_checks_of_files(untouched: Checkout) -> None:
    code, output = untouched.run("check", "plain", "--until", "secrets", **NO_ENGINE)
    assert code == 0, output
    assert output.count("✓") == 7
    assert "7 passed" in output


def test_a_failed_check_is_reported_with_a_fix(checkout: Checkout) -> None:
    folder = checkout.folder / "pipelines" / "plain"
    manifest = folder / "orchestrator.toml"
    manifest.write_text(manifest.read_text().replace("plain/retry.py", "plain/steps_[a-z].py"))
    (folder / "requirements.lock").unlink()
    code, output = checkout.run("check", "plain", **NO_ENGINE)
    assert code == 1
    assert "✗ files" in output
    assert "requirements.lock is missing\n    → orchbench lock plain" in output
    assert "code.pipeline: 'pipelines/plain/steps_[a-z].py' matches no file" in output
    assert "· not reached: links, code, lock, driver, secrets, notes, build, " in output
    assert "no Docker engine" not in output, "what cannot be built needs none"
    code, output = checkout.run("check", "plain", "--until", "code", "--json", **NO_ENGINE)
    told = json.loads(output)
    assert (code, told["passes"]) == (1, False)
    outcomes = {each["name"]: each["outcome"] for each in told["checks"]}
    assert outcomes == {"files": "failed", "manifest": "failed", "links": "not reached", "code": "not reached"}
    assert told["checks"][0]["faults"][0].keys() == {"what", "hint", "log"}


def test_another_running_orchbench_is_named_and_can_be_awaited(untouched: Checkout, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with exclusive(lock):
        code, output = untouched.run("bench", "--only", "plain", ORCHBENCH_LOCK=str(lock), **NO_ENGINE)
        assert code == 2, output
        assert f"in {Path.cwd()}, since 2" in output
        assert f"(process {os.getpid()} of " in output
        assert "try: orchbench bench --only plain --wait" in output
        waiting = untouched.start("bench", "--wait", ORCHBENCH_LOCK=str(lock), **NO_ENGINE)
        assert waiting.stdout is not None
        line = waiting.stdout.readline()
        assert f"(process {os.getpid()} of " in line
        assert "Waiting for it to end" in line
        waiting.send_signal(signal.SIGINT)
        rest, _ = waiting.communicate(timeout=30)
    assert (waiting.returncode, "Traceback" in rest) == (130, False), rest


def test_every_setting_is_listed_with_its_page(untouched: Checkout) -> None:
    for manifest in discover():
        code, output = untouched.run("list", "--settings", manifest.name)
        assert code == 0, output
        for profile in manifest.profiles.values():
            for name, setting in profile.settings.items():
                assert f"{name} = {setting.value}" in output
                assert str(setting.docs) in output


def test_an_orchestrator_without_a_folder_is_not_listed(checkout: Checkout) -> None:
    assert checkout.run("new", MADE)[0] == 0
    _, before = checkout.run("list")
    shutil.rmtree(checkout.folder / "pipelines" / MADE)
    code, after = checkout.run("list")
    assert code == 0
    assert MADE in before
    assert MADE not in after


def test_a_new_orchestrator_is_listed_with_the_next_steps(checkout: Checkout) -> None:
    code, output = checkout.run("new", MADE)
    assert code == 0, output
    assert f"orchbench check {MADE} --until ready" in output
    code, output = checkout.run("list")
    assert (code, MADE in output) == (0, True)
    code, output = checkout.run("lock", MADE)
    assert (code, output) == (0, f"locked: pipelines/{MADE}/requirements.lock\n")


def test_ctrl_c_leaves_no_half_of_a_new_orchestrator(checkout: Checkout, tmp_path: Path) -> None:
    before = sorted((checkout.folder / "pipelines").iterdir())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = checkout.start("new", MADE, UV_DEFAULT_INDEX=index, UV_CACHE_DIR=str(tmp_path / "uv-cache"))
        silent.accept()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    assert sorted((checkout.folder / "pipelines").iterdir()) == before


def test_a_valid_benchmark_passes_and_a_changed_one_is_refused(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "sound"
    write_benchmark(folder, laps=4)
    code, output = untouched.run("audit", str(folder), **NO_ENGINE)
    assert (code, "passes the audit: 64 records" in output) == (0, True), output
    code, output = untouched.run("report", str(folder), **NO_ENGINE)
    assert code == 0, output

    lines = (folder / RECORDS).read_bytes().split(b"\n")
    lines[6] = lines[6].replace(b"5", b"6", 1)
    (folder / RECORDS).write_bytes(b"\n".join(lines))
    code, output = untouched.run("audit", str(folder), **NO_ENGINE)
    assert code == 1
    assert "records.jsonl, line 7: its link does not match" in output
    (folder / "table.md").unlink()
    code, output = untouched.run("report", str(folder), **NO_ENGINE)
    assert code == 1
    assert "fails the audit" in output
    assert not (folder / "table.md").exists()


def test_every_command_about_results_prints_json(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "sound"
    write_benchmark(folder, laps=4)
    code, output = untouched.run("report", "--json", str(folder), **NO_ENGINE)
    told = json.loads(output)
    assert code == 0
    assert {system["system"] for system in told["systems"]} == {"floor", "tool"}
    assert told["systems"][0]["measures"]["etl_total_s"].keys() == {"value", "low", "high", "n", "unit"}
    code, output = untouched.run("audit", "--json", str(folder), **NO_ENGINE)
    assert (code, json.loads(output)["passes"]) == (0, True)
    (folder / "summary.csv").write_text("garbled")
    code, output = untouched.run("audit", "--json", str(folder), **NO_ENGINE)
    assert (code, json.loads(output)["departures"]) == (1, ["summary.csv"])
    code, output = untouched.run("compare", "--json", str(folder), str(folder), **NO_ENGINE)
    assert (code, json.loads(output)["worse"]) == (0, False)


def test_orchestrators_are_listed_as_json(untouched: Checkout, busy: dict[str, str]) -> None:
    code, output = untouched.run("list", "--json", **NO_ENGINE)
    assert code == 0
    assert json.loads(output)[0].keys() >= {"name", "title", "version", "profiles", "baseline"}
    code, output = untouched.run("doctor", "--json", **NO_ENGINE, **busy)
    assert json.loads(output)["usable"] is (code == 0)


NO_BROWSER = {"PATH": "/nowhere"}


def test_a_result_of_the_checkout_is_opened_on_the_site(checkout: Checkout) -> None:
    write_benchmark(checkout.folder / "results" / "one")
    code, output = checkout.run("open", "results/one", **NO_BROWSER)
    page = checkout.folder / "site" / "results" / "one" / "index.html"
    assert (code, output.splitlines()[-1]) == (0, page.as_uri())
    assert "docs/method/measurement.html" in page.read_text()
    assert "results/one/" not in (checkout.folder / "README.md").read_text(), "nothing is published by it"
    made = page.stat().st_mtime_ns
    assert checkout.run("open", **NO_BROWSER) == (0, f"{page.as_uri()}\n")
    assert page.stat().st_mtime_ns == made


def test_a_site_is_rebuilt(checkout: Checkout) -> None:
    write_benchmark(checkout.folder / "results" / "one")
    (checkout.folder / "site" / "results" / "gone").mkdir(parents=True)
    code, output = checkout.run("site")
    assert (code, "written: site (copy it to any web server)" in output) == (0, True), output
    assert (checkout.folder / "site" / "results" / "one" / "index.html").is_file()
    assert not (checkout.folder / "site" / "results" / "gone").exists()


def test_a_result_in_another_folder_has_its_own_page(untouched: Checkout, tmp_path: Path) -> None:
    write_benchmark(tmp_path / "one")
    code, output = untouched.run("open", str(tmp_path / "one"), **NO_BROWSER)
    assert (code, output) == (0, f"{(tmp_path / 'one' / 'index.html').as_uri()}\n")


def test_a_summary_fits_a_narrow_terminal(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "sound"
    write_benchmark(folder, laps=4)
    code, output = untouched.run("report", str(folder), COLUMNS="80", **NO_ENGINE)
    assert code == 0
    assert "overhead" in output
    assert "To view the result:" in output


def test_a_quick_result_names_the_command_for_a_more_precise_one(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "quick"
    write_benchmark(folder)
    code, output = untouched.run("report", str(folder), **NO_ENGINE)
    assert (code, 'To measure more:     make bench ARGS="--preset standard"' in output) == (0, True), output


def test_comparing_a_benchmark_with_itself_finds_nothing(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "same"
    write_benchmark(folder, laps=4)
    code, output = untouched.run("compare", str(folder), str(folder), **NO_ENGINE)
    assert code == 0, output
    assert "numbers did not change significantly" in output


def test_resolution_prints_the_detectable_differences(untouched: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "seen"
    write_benchmark(folder, laps=4)
    code, output = untouched.run("resolution", str(folder), "--simulations", "20", **NO_ENGINE)
    assert code == 0, output
    assert "20 simulated benchmarks" in output


def test_two_results_of_one_lap_are_joined_audited_and_rendered(untouched: Checkout, tmp_path: Path) -> None:
    one, two, both = (tmp_path / "results" / name for name in ("one", "two", "both"))
    write_part(one, 1)
    write_part(two, 2, host="elsewhere")
    code, output = untouched.run("join", str(one), str(two), "--output", str(both), **NO_ENGINE)
    assert code == 0, output
    assert "both/table.md and the other files of this result" in " ".join(output.split())
    assert "2 benchmarks on 2 machines" in (both / "table.md").read_text()
    code, output = untouched.run("audit", str(both), **NO_ENGINE)
    assert (code, "both passes the audit: 36 records" in " ".join(output.split())) == (0, True), output
    code, output = untouched.run("report", str(both), "--json", **NO_ENGINE)
    told = json.loads(output)
    assert (code, told["laps"]) == (0, 2)
    assert [(part["folder"], part["laps"], part["machine"]["host"]) for part in told["parts"]] == [
        ("../one", [1], "host"),
        ("../two", [2], "elsewhere"),
    ]
    edit_environment(two, lambda content: content.update(commit="f" * 40))
    code, output = untouched.run("audit", str(both), **NO_ENGINE)
    assert code == 1
    assert "join.json: its SHA-256 does not match" in output


def test_a_joined_result_can_be_joined_with_more_laps(untouched: Checkout, tmp_path: Path) -> None:
    one, two, three, both, every = (tmp_path / name for name in ("one", "two", "three", "both", "every"))
    for number, part in enumerate((one, two, three), start=1):
        write_part(part, number)
    assert untouched.run("join", str(one), str(two), "--output", str(both), **NO_ENGINE)[0] == 0
    code, output = untouched.run("join", str(both), str(three), "--output", str(every), "--json", **NO_ENGINE)
    assert (code, [part["folder"] for part in json.loads(output)["parts"]]) == (0, ["../one", "../two", "../three"])
    code, output = untouched.run("join", str(both), str(one), "--output", str(tmp_path / "no"), **NO_ENGINE)
    assert (code, "Its laps count once" in " ".join(output.split())) == (2, True), output


def test_results_that_differ_are_not_joined(untouched: Checkout, tmp_path: Path) -> None:
    one, two = (tmp_path / "results" / name for name in ("one", "two"))
    write_part(one, 1)
    write_part(two, 2)
    edit_environment(two, lambda content: content["systems"][1].update(version="2.0"))
    code, output = untouched.run("join", str(one), str(two), "--output", str(tmp_path / "both"), **NO_ENGINE)
    words = f"differ in the version of tool: {one}/environment.json has 1.0, and {two}/environment.json has 2.0"
    assert (code, words in " ".join(output.split())) == (2, True), output
    assert not (tmp_path / "both").exists()
    code, output = untouched.run("join", str(one), **NO_ENGINE)
    assert (code, "name at least two result folders" in output) == (2, True), output
    code, output = untouched.run("join", str(one), str(two), "--output", str(one), **NO_ENGINE)
    assert (code, "exists and is not empty" in output) == (2, True), output
