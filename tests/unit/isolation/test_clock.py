"""Whether a container's clock is the host's."""

import pytest

from harness.isolation.docker.clock import ClockError, demand_same


def test_the_same_boot_and_a_stamp_in_between_are_one_clock() -> None:
    demand_same("boot-1 150\n", "boot-1", 100, 200)


@pytest.mark.parametrize("told", ["boot-2 150", "boot-1 99", "boot-1 201", "boot-1", "", "boot-1 soon"])
def test_anything_else_is_one_sentence(told: str) -> None:
    with pytest.raises(ClockError, match="do not share this host's clock") as raised:
        demand_same(told, "boot-1", 100, 200)
    assert raised.value.exit_code == 2
