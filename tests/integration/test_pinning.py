"""A stack that is given CPUs stays on them."""

import pytest

from harness.lock import exclusive
from harness.orchestrator import discover
from harness.stack import Envelope, Stack

pytestmark = pytest.mark.integration


def test_every_container_keeps_to_the_stacks_cpus(image) -> None:
    baseline = next(manifest for manifest in discover() if manifest.baseline)
    image(baseline)
    with exclusive(), Stack(baseline, "defaults", Envelope(cpus=1, cpuset="0")) as stack:
        stack.up()
        stack.wait_ready()
        for service in ("orchestrator", "warehouse"):
            assert stack.container(service).attrs["HostConfig"]["CpusetCpus"] == "0"
