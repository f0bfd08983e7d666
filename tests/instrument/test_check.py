"""`orchbench check` on copies of the baseline that are broken on purpose: each fault is red, and says what to change.

As processes alone: what is looked at is the same in both isolations, and what containers alone have is values in
tests/unit/check.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lacking import lacks
from orchestrators.assembled import BASELINE

from harness.check.checklist import CHECKS
from harness.check.examination import Examination
from harness.check.stack import why_not_ready
from harness.check.subject import StackContext, Subject
from harness.check.verdict import Outcome, Verdict
from harness.experiment.envelope import Envelope
from harness.isolation import inside
from harness.isolation.host_lock import exclusive
from harness.isolation.process.isolation import Processes
from harness.orchestrators.manifest import MANIFEST

pytestmark = pytest.mark.instrument

Look = Callable[[str], Verdict]


@pytest.fixture(scope="module")
def held(landing: Path) -> Processes:
    processes = Processes()
    if obstacle := processes.obstacle():
        lacks("the isolation process", obstacle.what)
    with exclusive():
        processes.prepare_warehouse(print)
    return processes


@contextmanager
def changed(held: Processes, pipelines: Path, *changes: tuple[str, str, str]) -> Iterator[Subject]:
    """Change files of a copy of the baseline, each once."""
    folder = pipelines / BASELINE.name
    shutil.copytree(BASELINE.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, after in changes:
        text = (folder / name).read_text()
        assert before in text, f"{name} is written otherwise now"
        (folder / name).write_text(text.replace(before, after, 1))
    with exclusive(), Subject(folder) as subject:
        subject.context = StackContext(held, Envelope(), print)
        yield subject


@contextmanager
def broken(held: Processes, pipelines: Path, *changes: tuple[str, str, str]) -> Iterator[Look]:
    """Change files of a copy of the baseline, each once, and check it."""
    with changed(held, pipelines, *changes) as subject:
        yield Examination(CHECKS, subject, subject.folder).verdict


def red(look: Look, name: str, *words: str) -> None:
    """Assert that a check sees a fault, in words that say what, and what to change."""
    verdict = look(name)
    assert verdict.outcome == Outcome.FAILED, (name, verdict)
    told = "\n".join(f"{fault.what}\n{fault.hint}\n{fault.log}" for fault in verdict.faults)
    for each in words:
        assert each in told, told


SERVE = "exec supervisord --nodaemon --configuration supervisord.conf"


def test_the_baseline_itself_passes(held: Processes, tmp_path: Path) -> None:
    with broken(held, tmp_path) as look:
        for name in ("ready", "ports", "own-folders", "stop", "clean-up"):
            verdict = look(name)
            assert verdict.outcome == Outcome.PASSED, verdict


def test_a_serve_that_ends_at_once_is_told_to_stay(held: Processes, tmp_path: Path) -> None:
    with broken(held, tmp_path, ("serve", SERVE, "echo so it goes; exit 3")) as look:
        red(look, "ready", "the stack ended after", "must stay in the foreground", "so it goes")
        assert look("noop").outcome == Outcome.NOT_REACHED


def test_a_serve_that_forks_away_is_told_to_stay(held: Processes, tmp_path: Path) -> None:
    with broken(held, tmp_path, ("serve", SERVE, "setsid python server.py & sleep 0.5")) as look:
        red(look, "ready", "ended", "must stay in the foreground")


def test_one_that_listens_elsewhere_is_told_where(held: Processes, tmp_path: Path) -> None:
    elsewhere = ("server.py", 'int(os.environ["ORCHBENCH_PORT"])', '1 + int(os.environ["ORCHBENCH_PORT"])')
    with changed(held, tmp_path, elsewhere) as subject:
        running = subject.stack.running
        deadline = time.monotonic() + subject.manifest.ready_limit_s
        while not running.inside(inside.listening) and time.monotonic() < deadline:
            time.sleep(0.1)
        told = why_not_ready(running, subject.manifest)
    assert told.startswith("it listens at 127.0.0.1:")
    assert "listen at $ORCHBENCH_HOST:$ORCHBENCH_PORT" in told


def test_a_lock_with_a_wrong_hash_is_told_by_its_line(held: Processes, tmp_path: Path) -> None:
    lock = (BASELINE.folder / "requirements.lock").read_text().splitlines()
    (line,) = (number for number, text in enumerate(lock) if text.startswith("iniconfig=="))
    hashes = [text.split()[0] for text in lock[line + 1 : line + 3]]
    wrong = [("requirements.lock", each, f"--hash=sha256:{place:064x}") for place, each in enumerate(hashes)]
    with broken(held, tmp_path, *wrong) as look:
        assert look("lock").outcome == Outcome.PASSED
        red(look, "build", f"requirements.lock, line {line + 1}: ", "iniconfig", "orchbench lock")


STRAY = "/tmp/orchbench-check-stray"
CARELESS = (
    (MANIFEST, "trial_limit_s = 60", 'trial_limit_s = 60\nscheduler = "nobody"\nstop_grace_s = 1'),
    (MANIFEST, 'ui = "/health"', 'ui = "/runs"'),
    ("server.py", 'os.environ["ORCHBENCH_HOST"]', '"0.0.0.0"'),
    ("serve", SERVE, f"exec 9> {STRAY}\nexec python server.py"),
    ("retry.py", "    for _ in range(RETRIES):", "    for number in range(RETRIES):"),
    ("retry.py", "time.sleep(DELAY_S)", "time.sleep(DELAY_S * 2**number)"),
    ("server.py", "import traceback\n", "import signal\nimport traceback\n\nimport polars\n"),
    ("server.py", "    address = (", "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    address = ("),
    # A cache: what was done for this month is not done again.
    (
        "etl.py",
        "    retry(lambda: steps.export",
        "    if 'second' in trial:\n        return\n    retry(lambda: steps.export",
    ),
    (
        "driver.py",
        "        return None\n",
        "        return [Attempt('load', 1, True)] if 'retry' in self._trial else None\n",
    ),
    (
        "driver.py",
        "        answer = self._http.post",
        "        self._trial = parameters['trial']\n        answer = self._http.post",
    ),
    (
        "driver.py",
        "return RunState(answer.json()",
        "return RunStatus(ended_s=time.time() + 3600, state=RunState(answer.json()",
    ),
    ("driver.py", '["state"])', '["state"]))'),
    ("driver.py", "import Attempt, Endpoint, RunState", "import Attempt, Endpoint, RunState, RunStatus"),
    ("driver.py", "from collections.abc", "import time\nfrom collections.abc"),
)


@pytest.fixture(scope="module")
def careless(held: Processes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """Serve a baseline that breaks many demands at once, none of which keeps it from its runs."""
    with broken(held, tmp_path_factory.mktemp("careless"), *CARELESS) as look:
        yield look
    Path(STRAY).unlink(missing_ok=True)


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
def test_what_is_careless_is_seen(careless: Look, name: str, words: str) -> None:
    red(careless, name, words)
