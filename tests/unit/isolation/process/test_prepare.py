"""An orchestrator's environment is installed once, and the caller gets the cost of that install."""

import sys
from pathlib import Path

import pytest

from harness.experiment.envelope import Envelope
from harness.isolation.process import isolation as isolating
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.process.isolation import Processes
from harness.isolation.process.paths import ProcessPaths
from harness.isolation.process.user import User
from harness.isolation.protocol import BuildError, Install
from harness.orchestrators.discovery import discover

BASELINE = discover()[0]
TOOK = Install(download_bytes=100, packages=10, seconds=1.5)


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """Processes with an empty folder, and downloads that do nothing."""
    monkeypatch.setattr(isolating, "fetch_wheels", lambda *_: None)
    processes = Processes()
    processes.__dict__["ground"] = ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r")
    processes.__dict__["interpreter"] = Interpreter(Path(sys.executable), "3.11.0")
    return processes


def test_the_install_of_a_build_is_returned_once_and_has_the_limits(
    held: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    on: list[tuple[int, ...]] = []

    def install(folder: Path, _manifest: object, _interpreter: object, cpus: tuple[int, ...]) -> Install:
        on.append(cpus)
        folder.mkdir(parents=True)
        return TOOK

    monkeypatch.setattr(isolating, "install_into", install)
    assert held.expected_build_s([BASELINE]) > held.expected_build_s([]) >= 0
    envelope = Envelope(cpus=2, cpuset=(3, 4, 5))
    first, second = (held.prepare(BASELINE, print, envelope) for _ in range(2))
    assert (first.install, second.install) == (TOOK, None)
    assert first.inputs_sha256 == second.inputs_sha256
    assert on == [(3, 4)]
    assert held.expected_build_s([BASELINE]) == held.expected_build_s([])


def test_a_failed_install_leaves_nothing_that_counts_as_built(held: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, *_: object) -> Install:
        folder.mkdir(parents=True)
        raise BuildError("no room")

    monkeypatch.setattr(isolating, "install_into", fail)
    for _ in range(2):
        with pytest.raises(BuildError, match="no room"):
            held.prepare(BASELINE, print)
    assert held.expected_build_s([BASELINE]) > held.expected_build_s([])
