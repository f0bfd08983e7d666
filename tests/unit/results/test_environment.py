"""Properties that must not change when an unfinished benchmark is resumed."""

import pytest
from samples import environment

ENVIRONMENT = environment("floor", "tool")
MACHINE = ENVIRONMENT.machine.model_copy(update={"kernel": "6.1.0-12-amd64", "memory_bytes": 8 * 2**30})


def with_system(**changed: object):
    floor, tool = ENVIRONMENT.systems
    return ENVIRONMENT.model_copy(update={"systems": [floor, tool.model_copy(update=changed)]})


def with_isolation(**facts: str):
    isolation = ENVIRONMENT.isolation
    changed = isolation.model_copy(update={"facts": {**isolation.facts, **facts}})
    return ENVIRONMENT.model_copy(update={"isolation": changed})


def with_machine(**changed: object):
    return ENVIRONMENT.model_copy(update={"machine": MACHINE.model_copy(update=changed)})


def test_an_unchanged_environment_can_be_resumed() -> None:
    assert ENVIRONMENT.mismatch(environment("floor", "tool")) == ""


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (with_system(driver_sha256="1" * 64), "the lock, manifest or driver of tool changed since"),
        (with_system(manifest_sha256="1" * 64), "the lock, manifest or driver of tool changed since"),
        (with_system(lock_sha256="1" * 64), "the lock, manifest or driver of tool changed since"),
        (
            ENVIRONMENT.model_copy(update={"harness_sha256": "1" * 64}),
            "files in harness/, compose/ or pipelines/reference/, or uv.lock, changed since",
        ),
        (ENVIRONMENT.model_copy(update={"method": 99}), "it was measured with the method 3, which is 99 now"),
        (with_system(code_sha256="1" * 64), "files in pipelines/tool/ changed since"),
        (
            with_isolation(engine="Docker 99"),
            "it was measured with the isolation's engine Docker 20.10, which is Docker 99 now",
        ),
        (ENVIRONMENT.model_copy(update={"cpus": 1.0}), "it was measured with the CPUs of a stack 2, which is 1 now"),
    ],
)
def test_files_that_were_edited_since_are_named(other, words: str) -> None:
    assert words in ENVIRONMENT.mismatch(other)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cpu_model": "another"}, "its processor was "),
        ({"cpus": 99}, "its number of CPUs was "),
        ({"host": "another"}, "its host was "),
        ({"memory_bytes": 4 * 2**30}, "its memory was 8.0 GiB and is 4.0 GiB here"),
        ({"kernel": "6.8.0-1-amd64"}, "its kernel was 6.1 and is 6.8 here"),
    ],
)
def test_another_machine_is_described_by_its_differences(changed: dict[str, object], words: str) -> None:
    told = with_machine().mismatch(with_machine(**changed))
    assert told.startswith("it was measured on another machine: its ")
    assert words in told


def test_an_update_or_slightly_less_memory_is_the_same_machine() -> None:
    changed = {"kernel": "6.1.0-13-amd64", "memory_bytes": 8 * 2**30 - 4096, "os": "another release"}
    assert with_machine().mismatch(with_machine(**changed)) == ""
    assert MACHINE.updates(MACHINE.model_copy(update=changed)) == [
        "the kernel was 6.1.0-12-amd64 and is 6.1.0-13-amd64 now",
        f"the system was {MACHINE.os} and is another release now",
    ]
    assert MACHINE.updates(MACHINE) == []
