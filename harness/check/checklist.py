"""Every check of the contract, by name, the fastest first."""

from collections.abc import Iterator

from harness.check import driver, folder, secrets
from harness.check.lock import lock
from harness.check.subject import Subject
from harness.check.verdict import Check, Fault
from harness.errors import Misuse
from harness.isolation.sources import code_of


def _manifest(subject: Subject) -> Iterator[Fault]:
    assert subject.manifest
    yield from folder.unit_test_files(subject.manifest)


FILES: tuple[Check[Subject], ...] = (
    Check("files", "every file is there that a stack needs", lambda it: folder.files(it.folder)),
    Check("manifest", "it says what it must, field by field", _manifest),
    Check("links", "each link leads to a page of documentation", lambda it: folder.links(it.manifest), ("manifest",)),
    Check("code", "every pattern of [code] matches files", lambda it: folder.code(it.manifest), ("manifest",)),
    Check("lock", "everything is pinned and hashed", lambda it: lock(it.manifest), ("files", "manifest")),
    Check("driver", "its class fulfils the protocol", lambda it: driver.driver(it.manifest), ("files", "manifest")),
    Check("crash-lab", "what the lab asks for has its names", lambda it: folder.crash_lab(it.manifest), ("driver",)),
    Check(
        "secrets",
        "no password lies in its code",
        lambda it: secrets.in_code(it.manifest, code_of(it.manifest)),
        ("manifest",),
    ),
)
"""Those that look at files alone, and take neither an engine nor the machine."""
CHECKS: tuple[Check[Subject], ...] = FILES


def until(name: str | None) -> tuple[Check[Subject], ...]:
    """Return the checks up to the one of a name; all without one. Raises `Misuse` for a name that there is not."""
    names = [check.name for check in CHECKS]
    if name is None:
        return CHECKS
    if name not in names:
        raise Misuse(f"no check {name!r}; there are: {', '.join(names)}")
    return CHECKS[: names.index(name) + 1]
