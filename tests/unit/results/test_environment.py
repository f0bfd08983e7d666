"""What must be the same for an unfinished benchmark to go on."""

import pytest
from samples import environment

ENVIRONMENT = environment("floor", "tool")


def with_system(**changed: object):
    floor, tool = ENVIRONMENT.systems
    return ENVIRONMENT.model_copy(update={"systems": [floor, tool.model_copy(update=changed)]})


def test_the_same_may_go_on() -> None:
    assert ENVIRONMENT.mismatch(environment("floor", "tool")) == ""


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (with_system(driver_sha256="1" * 64), "another lock, manifest or driver of tool"),
        (with_system(manifest_sha256="1" * 64), "another lock, manifest or driver of tool"),
        (with_system(lock_sha256="1" * 64), "another lock, manifest or driver of tool"),
        (ENVIRONMENT.model_copy(update={"harness_sha256": "1" * 64}), "other files in harness/, compose/"),
        (ENVIRONMENT.model_copy(update={"method": 99}), "by method"),
    ],
)
def test_what_was_edited_since_is_named(other, words: str) -> None:
    assert words in ENVIRONMENT.mismatch(other)
