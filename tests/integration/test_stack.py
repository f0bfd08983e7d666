"""A stack in containers leaves nothing behind, whatever ends it."""

import subprocess

import pytest

from harness.orchestrators.discovery import discover

pytestmark = pytest.mark.integration

BASELINE = next(manifest for manifest in discover() if manifest.baseline)


def test_nothing_is_left_when_it_is_down(image, serve) -> None:
    image(BASELINE)
    with serve(BASELINE) as stack:
        name, folder = stack.running.name, stack.running.exchange.folder
        assert folder.exists()
    label = f"label=orchbench={name}"
    for what in (["ps", "--all"], ["volume", "ls"], ["network", "ls"]):
        listed = subprocess.run(["docker", *what, "--quiet", "--filter", label], capture_output=True, check=True)
        assert listed.stdout == b""
    assert not folder.parent.exists()
