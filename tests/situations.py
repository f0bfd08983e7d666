"""Situations that tests play for real, loudly skipped where this user may not, and what is left behind by them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lacking import lacks

from harness.isolation.docker.leftovers import belongs_to_another
from harness.provision.docker.engine import LABEL, client

SOMEBODY = "games"
"""A user that every Debian has and nobody uses."""


@contextmanager
def mounted(*arguments: str) -> Iterator[None]:
    """Mount something for as long as a test needs it."""
    if subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
        lacks("mount", "this user may not")
    try:
        yield
    finally:
        subprocess.run(["umount", arguments[-1]], check=True)


def as_somebody(*command: str) -> list[str]:
    """Return a command as run by an ordinary user, who can read what is this one's, such as the Python of the tests."""
    if os.geteuid() or not shutil.which("setpriv"):
        lacks("root with setpriv", "no other user can be played")
    only = "-all,+dac_read_search"
    reading = [f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]
    return ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", *reading, *command]


def containers() -> list[str]:
    """Return what is left of harnesses that have ended: another lane's stacks are not left over."""
    every = client().containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return [str(each.name) for each in every if not belongs_to_another(each.labels)]
