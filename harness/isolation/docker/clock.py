"""Whether containers share this host's clock: every latency takes stamps from inside and from outside."""

import time
from pathlib import Path

from harness.errors import HarnessError
from harness.provision.docker.base_image import BASE
from harness.provision.docker.engine import engine_answers, labels, run_container

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_REMEDY = "orchbench bench --isolation process"
_STAMP = f"import time; print(open({str(_BOOT)!r}).read().strip(), time.monotonic_ns())"


class ClockError(HarnessError):
    """Containers and the harness have different clocks, so latencies cannot be measured."""


def demand_one_clock() -> None:
    """Compare boot and monotonic clock inside and outside a container. Raises `ClockError` if they differ."""
    before_ns = time.monotonic_ns()
    # Under limits, as stacks are: an engine that can set none says so here.
    with engine_answers("the Docker engine could not run a container", remedy=_REMEDY):
        output = run_container(
            BASE,
            ["python3", "-c", _STAMP],
            network_mode="none",
            nano_cpus=10**9,
            mem_limit="1g",
            use_config_proxy=False,
            labels=labels("clock"),
        )
    demand_same(output.decode(), _BOOT.read_text().strip(), before_ns, time.monotonic_ns())


def demand_same(told: str, boot: str, before_ns: int, after_ns: int) -> None:
    """Compare a container's boot and clock with this host's, before and after the reading."""
    inside, _, stamp_ns = told.strip().partition(" ")
    if inside == boot and stamp_ns.isdigit() and before_ns <= int(stamp_ns) <= after_ns:
        return
    raise ClockError(
        "containers do not share this host's clock, because the engine runs in a virtual machine. "
        "Run orchbench there, or without containers",
        remedy=_REMEDY,
    )
