"""An orchestrator's environment is installed once, and the caller gets the cost of that install."""

import sys
from pathlib import Path

import pytest

from harness.experiment.envelope import Envelope
from harness.isolation.process.isolation import Processes
from harness.orchestrators.discovery import discover
from harness.provision.built import BuildError, Install
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.software import Software
from harness.provision.process.user import User

BASELINE = discover()[0]
TOOK = Install(download_bytes=100, packages=10, seconds=1.5)


@pytest.fixture
def held(tmp_path: Path) -> Processes:
    """Processes with an empty folder."""
    processes = Processes()
    processes.paths = ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r")
    processes.interpreter = Interpreter(Path(sys.executable), "3.11.0")
    return processes


def test_the_install_of_a_build_is_returned_once_and_has_the_limits(
    held: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    on: list[tuple[int, ...]] = []

    def install(_self: Software, _name: str, _lock: Path, folder: Path, _say: object, cpus: tuple[int, ...]) -> Install:
        on.append(cpus)
        folder.mkdir(parents=True)
        return TOOK

    monkeypatch.setattr(Software, "_install", install)
    assert held.expected_build_s([BASELINE]) > held.expected_build_s([]) >= 0
    envelope = Envelope(cpus=2, cpuset=(3, 4, 5))
    first, second = (held.prepare(BASELINE, print, envelope) for _ in range(2))
    assert (first.install, second.install) == (TOOK, None)
    assert first.inputs_sha256 == second.inputs_sha256
    assert on == [(3, 4)]
    assert held.expected_build_s([BASELINE]) == held.expected_build_s([])


def test_a_failed_install_leaves_nothing_that_counts_as_built(held: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Software, _name: str, _lock: Path, folder: Path, *_: object) -> Install:
        folder.mkdir(parents=True)
        raise BuildError("no room")

    monkeypatch.setattr(Software, "_install", fail)
    for _ in range(2):
        with pytest.raises(BuildError, match="no room"):
            held.prepare(BASELINE, print)
    assert held.expected_build_s([BASELINE]) > held.expected_build_s([])
