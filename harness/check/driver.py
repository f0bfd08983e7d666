"""Checks of `driver.py` before a stack runs: the protocol's methods, and an honest `ready`."""

from collections.abc import Iterator
from contextlib import suppress

from harness.check.guarded import GuardedDriver
from harness.check.verdict import Fault
from harness.isolation.places import free_port
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import DriverError, bind_driver, load_driver
from harness.orchestrators.manifest import Manifest

_PROTOCOL = "see docs/contribute/contract.md for the protocol and what each method returns"


def driver(manifest: Manifest) -> Iterator[Fault]:
    """Check that its class has every method, can be created, and is not ready if nothing runs."""
    path = manifest.folder / "driver.py"
    try:
        loaded = load_driver(manifest.name, manifest.folder)
        endpoint = Endpoint(f"http://127.0.0.1:{free_port()}", dict.fromkeys(manifest.secrets, "secret"))
        watched = GuardedDriver(bind_driver(loaded, manifest.folder, endpoint), manifest.folder)
    except DriverError as error:
        yield Fault(str(error), _PROTOCOL)
        return
    with suppress(Exception):
        if watched.ready():
            hint = "query the tool's API and let errors of httpx pass: they mean `not yet`"
            yield Fault(f"{path}: ready() returns True for an address where nothing listens", hint)
    for words in watched.faults:
        yield Fault(words, _PROTOCOL)


def answers(watched: GuardedDriver) -> Iterator[Fault]:
    """Check that every response so far came in time and had the protocol's type."""
    for words in watched.faults:
        yield Fault(words, _PROTOCOL)
