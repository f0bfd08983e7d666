"""`orchbench check` on an orchestrator that breaks demands: each fault is red, and says how to fix it.

Only as processes. Both isolations have the same checks, and tests/unit/check has those that only containers need.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lacking import lacks
from orchestrators.assembled import BASELINE, assemble

from harness.check.checklist import CHECKS
from harness.check.examination import Examination
from harness.check.stack import why_not_ready
from harness.check.subject import StackContext, Subject
from harness.check.verdict import Outcome, Verdict
from harness.experiment.envelope import Envelope
from harness.isolation import inside
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import obstacle
from harness.machine.host_lock import exclusive
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import DEFAULTS

pytestmark = pytest.mark.instrument

STRAY = "/tmp/orchbench-check-stray"
Look = Callable[[str], Verdict]


@pytest.fixture(scope="module")
def held(landing: Path) -> Processes:
    processes = Processes()
    if missing := obstacle(processes):
        lacks("the isolation process", missing.what)
    with exclusive():
        processes.prepare_warehouse(print)
    return processes


@contextmanager
def subject(held: Processes, folder: Path, profile: str = DEFAULTS) -> Iterator[Subject]:
    """Return a folder whose checks can start stacks of processes."""
    with exclusive(), Subject(folder, profile) as it:
        it.context = StackContext(held, Envelope(), print)
        yield it


@contextmanager
def checked(held: Processes, folder: Path, profile: str = DEFAULTS) -> Iterator[Look]:
    """Check a folder."""
    with subject(held, folder, profile) as it:
        yield Examination(CHECKS, it, folder).verdict


def red(look: Look, name: str, *words: str) -> None:
    """Assert that a check finds a fault, with these words in its message, its hint or its log."""
    verdict = look(name)
    assert verdict.outcome == Outcome.FAILED, (name, verdict)
    report = "\n".join(f"{fault.what}\n{fault.hint}\n{fault.log}" for fault in verdict.faults)
    for each in words:
        assert each in report, report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield assemble("careless", tmp_path_factory.mktemp("pipelines")).folder
    Path(STRAY).unlink(missing_ok=True)


def test_the_baseline_passes(held: Processes) -> None:
    with checked(held, BASELINE.folder) as look:
        for name in ("ready", "ports", "own-folders", "stop", "clean-up"):
            verdict = look(name)
            assert verdict.outcome == Outcome.PASSED, verdict


def test_a_serve_that_ends_at_once_must_stay_in_the_foreground(held: Processes, folder: Path) -> None:
    with checked(held, folder, "ends") as look:
        red(look, "ready", "the stack ended after", "must stay in the foreground", "so it goes")
        assert look("noop").outcome == Outcome.NOT_REACHED


def test_a_serve_that_forks_must_stay_in_the_foreground(held: Processes, folder: Path) -> None:
    with checked(held, folder, "forks") as look:
        red(look, "ready", "ended", "must stay in the foreground")


def test_a_server_at_another_address_is_told_the_right_one(held: Processes, folder: Path) -> None:
    with subject(held, folder, "elsewhere") as it:
        running = it.stack.running
        deadline = time.monotonic() + it.manifest.ready_limit_s
        while not running.inside(inside.listening) and time.monotonic() < deadline:
            time.sleep(0.1)
        hint = why_not_ready(running, it.manifest)
    assert hint.startswith("it listens at 0.0.0.0:")
    assert "listen at $ORCHBENCH_HOST:$ORCHBENCH_PORT" in hint


def test_a_wrong_hash_is_reported_with_its_line_in_the_lock(held: Processes, tmp_path: Path) -> None:
    folder = assemble("careless", tmp_path).folder
    pins = read_lock(BASELINE.lock).pins
    lock = [f"{pin.name}=={pin.version} {' '.join(f'--hash={each.words}' for each in pin.hashes)}" for pin in pins]
    (line,) = (number for number, pin in enumerate(pins) if pin.name == "iniconfig")
    lock[line] = f"iniconfig=={pins[line].version} --hash=sha256:{0:064x}"
    (folder / "requirements.lock").write_text("\n".join(lock))
    with checked(held, folder) as look:
        assert look("lock").outcome == Outcome.PASSED
        red(look, "build", f"requirements.lock, line {line + 1}: ", "iniconfig", "orchbench lock")


@pytest.fixture(scope="module")
def careless(held: Processes, folder: Path) -> Iterator[Look]:
    """Serve an orchestrator that breaks many demands, none of which keeps it from its runs."""
    with checked(held, folder) as look:
        yield look


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ui", "GET /runs returned 404"),
        ("ports", "from everywhere"),
        ("scheduler", "runs no program 'nobody'"),
        ("second-run", "exported 0 times"),
        ("attempts", "does not report attempt"),
        ("constant-delay", "switch off the backoff"),
        ("own-end", "after it reported the end"),
        ("own-folders", STRAY),
        ("noop-imports", "load has imported polars"),
        ("stop", "after SIGTERM and was killed"),
    ],
)
def test_each_broken_demand_is_found(careless: Look, name: str, words: str) -> None:
    red(careless, name, words)
