"""A stack that is given CPUs stays on them."""

import pytest

from harness.experiment.envelope import Envelope
from harness.orchestrators.discovery import discover

pytestmark = pytest.mark.integration


def test_every_container_keeps_to_the_stacks_cpus(image, serve) -> None:
    baseline = next(manifest for manifest in discover() if manifest.baseline)
    image(baseline)
    with serve(baseline, envelope=Envelope(cpus=1, cpuset=(0,))) as stack:
        for service in ("orchestrator", "warehouse"):
            assert stack.running.container(service).attrs["HostConfig"]["CpusetCpus"] == "0"
