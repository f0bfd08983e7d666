"""Checks of `requirements.lock`: everything is pinned and hashed, and matches its sources."""

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from harness.check.subject import Subject
from harness.check.verdict import Blocked, Fault, check
from harness.orchestrators.lock import Lock, options_in, read_lock
from harness.orchestrators.manifest import MANIFEST, Manifest
from harness.paths import PIPELINES

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_REFERENCE = PIPELINES / "reference" / "requirements.in"


@check("manifest")
def lock(it: Subject) -> Iterator[Fault]:
    """Everything is pinned and hashed."""
    manifest, again = it.manifest, lock_again(it.manifest)
    if not (manifest.lock.is_file() and (manifest.folder / "requirements.in").is_file()):
        raise Blocked("needs files")
    locked = read_lock(manifest.lock)
    for line in locked.strange:
        yield Fault(f"{manifest.lock}, line {line.number}: {line.words[:80]!r} is not a pin", again)
    for pin in locked.pins:
        if not pin.hashes:
            yield Fault(f"{manifest.lock}, line {pin.line}: {pin.name} has no hash", again)
        for line in pin.hashes:
            if not _SHA256.fullmatch(line.words):
                yield Fault(f"{manifest.lock}, line {line.number}: {line.words!r} is not a SHA-256", again)
    if locked.pin(manifest.package) is None:
        hint = f"name a package of the lock in {MANIFEST}, or add it to requirements.in and run: {again}"
        yield Fault(f"{manifest.lock}: does not pin {manifest.package!r}, the manifest's package", hint)
    for path in (_REFERENCE, manifest.folder / "requirements.in"):
        yield from _departures(manifest, path, locked)


def lock_again(manifest: Manifest) -> str:
    """Return the command that creates the lock from `requirements.in`."""
    return f"orchbench lock {manifest.name}"


def place_of(manifest: Manifest, words: str) -> str:
    """Return the place in the lock of the first package that an installer quotes as `NAME==VERSION`, or "".

    A wheel's hash is only checked at its download, and uv then names only the package.
    """
    locked = read_lock(manifest.lock)
    for quoted in re.findall(r"([A-Za-z0-9._-]+)==[^\s`'\",;]+", words):
        if pin := locked.pin(quoted):
            return f"{manifest.lock}, line {pin.line}"
    return ""


def _departures(manifest: Manifest, path: Path, locked: Lock) -> Iterator[Fault]:
    """Name requirements of a file that the lock does not fulfil."""
    again = lock_again(manifest)
    text = path.read_text(errors="replace")
    for option in options_in(text):
        what = f"{path}, line {option.number}: {option.words!r} is an option, which a lock does not keep"
        yield Fault(what, f"remove it, because everything is installed from wheels of one index, then run: {again}")
    for number, line in enumerate(text.splitlines(), start=1):
        words = re.sub(r"(^|\s)#.*", "", line).strip()
        if not words or words.startswith("-"):
            continue
        try:
            wanted = Requirement(words)
        except InvalidRequirement as error:
            yield Fault(f"{path}, line {number}: {str(error).splitlines()[0]}", "write it as a pip requirement")
            continue
        if wanted.marker and not wanted.marker.evaluate():
            continue
        pin = locked.pin(wanted.name)
        if pin is None:
            yield Fault(f"{manifest.lock}: does not pin {wanted.name}, which {path}, line {number} requires", again)
        elif not wanted.specifier.contains(pin.version, prereleases=True):
            what = f"{manifest.lock}, line {pin.line}: {pin.name} {pin.version}"
            yield Fault(f"{what} is not what {path}, line {number} requires: {words}", again)
