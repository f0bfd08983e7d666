"""The diagnosis of an isolation in which the baseline cannot even start."""

from pathlib import Path
from typing import Any, cast

import pytest

from harness.check import doctor
from harness.check.doctor import examine_isolation
from harness.isolation.protocol import Diagnosis, Isolation, StackError
from harness.machine.host_lock import VARIABLE, exclusive
from harness.provision.built import BuildError


class Held:
    """An isolation with a fixed diagnosis, which then fails."""

    kind = "process"

    def __init__(self, level: Any, error: Exception) -> None:
        self.level = level
        self.error = error

    def examine(self) -> list[Diagnosis]:
        return [Diagnosis(self.level, "looked at")]

    def expected_build_s(self, _manifests: object) -> float:
        raise self.error


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "lock"))
    monkeypatch.setattr(doctor, "ensure_landing", lambda _: None)
    return tmp_path / "lock"


def examined(level: str, error: Exception) -> list[tuple[str, str, str]]:
    found = examine_isolation(cast("Isolation", Held(level, error)), print)
    return [(each.level, each.what, each.remedy) for each in found]


def test_no_stack_is_started_if_something_is_missing() -> None:
    assert examined("missing", AssertionError()) == [("missing", "looked at", "")]


@pytest.mark.parametrize(
    ("error", "words", "remedy"),
    [
        (BuildError("no room", remedy="make room"), "no room", "make room"),
        (StackError("gone", log="a\nb"), "gone. Last log line: b", "orchbench check plain --isolation process"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device", ""),
        (RuntimeError("strange"), "RuntimeError: strange", ""),
    ],
)
def test_every_failure_is_a_diagnosis_in_words(error: Exception, words: str, remedy: str) -> None:
    failed = ("missing", f"process: the baseline does not run: {words}", remedy)
    assert examined("warning", error) == [("warning", "looked at", ""), failed]


def test_another_running_harness_leaves_the_question_open(alone: Path) -> None:
    with exclusive(alone):
        (_, (level, words, _)) = examined("ok", AssertionError())
    assert level == "warning"
    assert words.startswith("process: skipped the test run: another orchbench is running")
