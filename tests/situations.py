"""Situations that tests create for real, with a loud skip if this user cannot, and their leftovers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lacking import lacks

from harness.isolation.docker.leftovers import belongs_to_another
from harness.provision.docker.engine import LABEL, client

SOMEBODY = "games"
"""A user that exists on every Debian and is not used."""


@contextmanager
def mounted(*arguments: str) -> Iterator[None]:
    """Mount something for the time of a test."""
    if subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
        lacks("mount", "this user may not")
    try:
        yield
    finally:
        subprocess.run(["umount", arguments[-1]], check=True)


def as_somebody(*command: str) -> list[str]:
    """Return a command that an ordinary user runs, who can still read the Python of the tests."""
    if os.geteuid() or not shutil.which("setpriv"):
        lacks("root with setpriv", "no other user can be played")
    only = "-all,+dac_read_search"
    reading = [f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]
    return ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", *reading, *command]


def containers() -> list[str]:
    """Return the containers that ended harnesses left behind, without those of other lanes."""
    every = client().containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return [str(each.name) for each in every if not belongs_to_another(each.labels)]
