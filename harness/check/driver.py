"""Checks of `driver.py` and of its responses."""

from collections.abc import Iterator
from contextlib import suppress

from harness.check.guarded import GuardedDriver
from harness.check.subject import Subject
from harness.check.verdict import Fault, check
from harness.isolation.places import free_port
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import DriverError, bind_driver, load_driver

_PROTOCOL = "see docs/contribute/contract.md for the protocol and what each method returns"


@check("manifest")
def driver(it: Subject) -> Iterator[Fault]:
    """The driver class implements the protocol."""
    manifest = it.manifest
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
            yield Fault(f"{it.folder / 'driver.py'}: ready() returns True for an address where nothing listens", hint)
    yield from (Fault(words, _PROTOCOL) for words in watched.faults)


@check("ready")
def answers(it: Subject) -> Iterator[Fault]:
    """The driver responds in time, with the protocol's types."""
    yield from (Fault(words, _PROTOCOL) for words in it.driver.faults)
