"""What `doctor` asks of the machine itself, whatever holds the stacks apart."""

import os
import shutil

from harness.isolation.protocol import Finding
from harness.paths import REPOSITORY

_DISK_BYTES = 15 * 10**9


def examine_machine() -> list[Finding]:
    """Look at the disk and at what else is running."""
    return [_disk(), _load_average()]


def _disk() -> Finding:
    free = shutil.disk_usage(REPOSITORY).free
    if free < _DISK_BYTES:
        return Finding("warning", f"{free / 1e9:.0f} GB free on the disk: images and wheels take about 8", "make room")
    return Finding("ok", f"{free / 1e9:.0f} GB free on the disk")


def _load_average() -> Finding:
    average = os.getloadavg()[0]
    if average > 1:
        return Finding("warning", f"load average {average:.1f}: something else is running", "stop it, or wait")
    return Finding("ok", f"load average {average:.1f}")
