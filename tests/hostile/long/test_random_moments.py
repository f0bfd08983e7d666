"""A signal at a random moment of a benchmark: nothing is lost, left behind or misjudged.

One moment per signal, unless ORCHBENCH_MOMENTS asks for more. ORCHBENCH_SEED repeats a failure.
"""

import os
import random
import re
import signal
import subprocess
import time

import pytest
from checkouts import BENCH, Checkout
from orchestrators.assembled import BASELINE

from harness.results.records import TrialRecord
from harness.results.result import read_result

MOMENTS = int(os.environ.get("ORCHBENCH_MOMENTS", "1"))
SEED = int(os.environ.get("ORCHBENCH_SEED", str(time.time_ns() % 10_000)))
TOOL = "luigi"
LONGEST_S = 60
"""About the duration of the short benchmark. Later moments find it ended, which is a valid case too."""
STOPPED_S = 5


def interrupt(process: "subprocess.Popen[str]", name: str) -> None:
    """Send a signal to all processes of a benchmark. A suspended benchmark continues after `STOPPED_S`."""
    group = process.pid
    os.killpg(group, signal.Signals[name])
    if name == "SIGSTOP":
        time.sleep(STOPPED_S)
        os.killpg(group, signal.SIGCONT)


def records(checkout: Checkout) -> list[str]:
    """Return the complete lines of records on disk."""
    files = sorted(checkout.folder.glob("results/*/records.jsonl"))
    return [line for path in files for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP", "SIGHUP"])
def test_it_is_resumed_to_a_full_table(checkout: Checkout, name: str, moment: int) -> None:
    after_s = random.Random(f"{SEED} {name} {moment}").uniform(1, LONGEST_S)
    process = checkout.start_in_a_terminal(*BENCH, "--only", TOOL)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        interrupt(process, name)
    output = "".join(process.communicate(timeout=400))
    situation = f"{name} after {after_s:.1f} s, seed {SEED}:\n{output}"
    # Lines of a log are indented, and may contain a traceback of the tool.
    assert not re.search(r"^Traceback", output, re.MULTILINE), situation
    before = records(checkout)

    if not checkout.results():
        code, output = checkout.run(*BENCH, "--only", TOOL)
        assert code == 0, situation + output
    elif process.returncode != 0:
        code, output = checkout.run("bench", "--resume", "--isolation", "process")
        assert code == 0, situation + output

    assert checkout.rounds() == [], situation
    (folder,) = checkout.results()
    result = read_result(folder)
    assert records(checkout)[: len(before)] == before, f"a record was lost: {situation}"
    trials = [each for each in result.records if isinstance(each, TrialRecord)]
    assert {each.orchestrator for each in trials if each.outcome == "valid"} == {BASELINE.name, TOOL}
    # A harness that was suspended records this with its trial, and repeats it.
    wrong = [each for each in trials if each.outcome != "valid" and not (each.outcome == "error" and name == "SIGSTOP")]
    assert wrong == [], situation
    code, output = checkout.run("audit", str(folder))
    assert code == 0, situation + output
    assert (folder / "table.md").is_file()
