"""Checks of a stack's isolation, from values only."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faults import words

from harness.check import lifecycle, secrets, stack
from harness.check.network import ways_out
from harness.check.verdict import Check, NotAsked
from harness.experiment.envelope import Envelope
from harness.isolation.confinement import Address, Part
from harness.orchestrators.driver import RunState
from harness.orchestrators.manifest import Manifest

ENVELOPE = Envelope()
GOOD = Part(
    "the container orchestrator",
    users=("orchbench", "1000"),
    reached_at=(Address("127.0.0.1", 32000),),
    limited=True,
    cpus=ENVELOPE.cpus,
    memory_bytes=ENVELOPE.memory_bytes,
)
MANIFEST = Manifest.model_construct(ports={"TOOL_LOG_PORT": 8793})


def found(check: Check[Any], *parts: Part) -> list[str]:
    context = SimpleNamespace(envelope=ENVELOPE)
    return words(check.look(SimpleNamespace(parts=parts, context=context, manifest=MANIFEST)))


def test_a_correct_stack_passes() -> None:
    for each in (
        stack.user,
        stack.ports,
        stack.limits,
        stack.labels,
    ):
        assert found(each, GOOD) == []


@pytest.mark.parametrize("users", [("",), ("root",), ("1000", "0")])
def test_root_is_found(users: tuple[str, ...]) -> None:
    assert found(stack.user, Part("the container x", users=users)) == ["the container x runs as root"]


def test_extra_privileges_are_found() -> None:
    assert found(stack.user, Part("the container x", users=("1",), powers=("it is privileged",))) == [
        "the container x: it is privileged"
    ]


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        (Address("0.0.0.0", 8000, "ORCHBENCH_PORT"), True),
        (Address("::", 8000), True),
        (Address("0.0.0.0", 8793, "TOOL_LOG_PORT"), False),
        (Address("0.0.0.0", 9000, "OTHER"), True),
        (Address("::1", 8000), False),
    ],
)
def test_a_public_address_is_found(address: Address, seen: bool) -> None:
    reached = found(stack.ports, Part("it", reached_at=(address,)))
    assert reached == ([f"it can be reached from everywhere at {address}"] if seen else [])


def test_missing_labels_and_limits_are_found() -> None:
    assert "has no label" in found(stack.labels, Part("the volume x", labelled=False))[0]
    assert len(found(stack.limits, GOOD, Part("the container x", limited=True))) == 2
    with pytest.raises(NotAsked):
        found(stack.limits, Part("the processes"))


WANTED = Address("0.0.0.0", 8000)


@pytest.mark.parametrize(
    ("listening", "seen"),
    [
        ([], "none of its processes listens"),
        ([Address("127.0.0.1", 8000)], "it listens at 127.0.0.1:8000, which is unreachable from outside its container"),
        ([Address("0.0.0.0", 5000)], "it listens at 0.0.0.0:5000"),
    ],
)
def test_the_reason_why_it_is_unreachable_is_reported(listening: list[Address], seen: str) -> None:
    told = stack.not_listening(listening, WANTED)
    assert told.startswith(seen)
    assert "listen at $ORCHBENCH_HOST:$ORCHBENCH_PORT, which is 0.0.0.0:8000" in told


def test_a_correct_address_has_no_fault() -> None:
    assert stack.not_listening([Address("0.0.0.0", 8000)], WANTED) == ""
    assert stack.not_listening([Address("127.0.0.1", 4000)], Address("127.0.0.1", 4000)) == ""


def test_a_password_in_an_images_metadata_is_found_and_not_repeated() -> None:
    here = {"the package index": "hunter2"}
    assert words(secrets.in_image(["PATH=/bin", "/bin/sh -c make"], here)) == []
    (seen,) = words(secrets.in_image(["PIP_INDEX_URL=https://index/hunter2/simple"], here))
    assert "contains the password of the package index" in seen
    assert "hunter2" not in seen
    (seen,) = words(secrets.in_image(["DB=postgresql://me:other@db/x"], {}))
    assert "other" not in seen


def test_passwords_of_this_machine_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:h%40nter@index.invalid/simple")
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    assert secrets.credentials_here() == {"the package index": "h@nter"}


NO_NAME = (1, "socket.gaierror: Temporary failure in name resolution")


@pytest.mark.parametrize(
    ("tried", "asked", "seen"),
    [
        ((0, "nothing\n"), NO_NAME, []),
        ((0, "host-tcp\n"), NO_NAME, ["it reaches host-tcp"]),
        ((1, "no python3"), NO_NAME, ["it reaches no python3"]),
        ((0, "nothing\n"), (0, ""), ["it resolves outside names"]),
    ],
)
def test_a_way_out_of_the_network_is_found(tried: tuple[int, str], asked: tuple[int, str], seen: list[str]) -> None:
    assert words(ways_out(tried, asked)) == seen


def restart(**changed: object) -> lifecycle.Restart:
    return lifecycle.Restart(**{"lived_on": False, "reported": RunState.SUCCESS, **changed})  # type: ignore[arg-type]


def after(restart: lifecycle.Restart, check: Check[Any], mode: str = "server") -> list[str]:
    manifest = SimpleNamespace(mode=mode, baseline=False)
    return words(check.look(SimpleNamespace(once=lambda _: restart, manifest=manifest)))


def test_a_failed_restart_is_found() -> None:
    assert after(restart(), lifecycle.restart) == []
    assert after(restart(), lifecycle.remembers) == []
    assert "is still alive after SIGKILL" in after(restart(lived_on=True), lifecycle.restart)[0]
    assert "not ready in 4 s" in after(restart(failure="not ready in 4 s", hint="listen"), lifecycle.restart)[0]
    assert "is reported as failed" in after(restart(reported=RunState.FAILED), lifecycle.remembers, "library")[0]
    assert "is unknown (404)" in after(restart(reported=None, words="404"), lifecycle.remembers)[0]
    with pytest.raises(NotAsked):
        after(restart(reported=None), lifecycle.remembers, "library")


@dataclass
class Written:
    """A stack with a writable code folder, which wrote a file into it."""

    owns_code: bool
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *command: str) -> tuple[int, str]:
        self.asked.append(command)
        return 0, ""

    def strays(self) -> list[str]:
        return ["/code/pipeline/tool.db"]


def test_code_of_the_user_may_be_writable_but_must_not_be_written() -> None:
    own, anothers = Written(owns_code=True), Written(owns_code=False)
    (stray,) = stack.own_folders.look(SimpleNamespace(confinement=own))
    assert "writes /code/pipeline/tool.db" in stray.what
    assert own.asked == []
    writable, _ = stack.own_folders.look(SimpleNamespace(confinement=anothers))
    assert writable.what == "its code folder is writable"


class Directory:
    """A confinement whose code folder is writable."""

    owns_code = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def strays(self) -> list[str]:
        return []


def test_the_check_of_the_code_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    found = list(stack.own_folders.look(SimpleNamespace(confinement=Directory(tmp_path))))
    assert [fault.what for fault in found] == ["its code folder is writable"]
    assert list(tmp_path.iterdir()) == []
