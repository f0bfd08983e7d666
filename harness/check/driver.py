"""Demands on `driver.py` before anything is served: the protocol's methods, and an honest `ready`."""

from collections.abc import Iterator
from contextlib import suppress

from harness.check.verdict import Fault
from harness.check.watched import WatchedDriver
from harness.isolation.free_port import free_port
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import DriverError, bind_driver, load_driver
from harness.orchestrators.manifest import Manifest

_PROTOCOL = "the protocol, with what each method returns, is in docs/contribute/contract.md"


def driver(manifest: Manifest) -> Iterator[Fault]:
    """Look that its class has every method and can be bound, and does not say ready where nothing is served."""
    path = manifest.folder / "driver.py"
    try:
        loaded = load_driver(manifest.name, manifest.folder)
        endpoint = Endpoint(f"http://127.0.0.1:{free_port()}", dict.fromkeys(manifest.secrets, "secret"))
        watched = WatchedDriver(bind_driver(loaded, manifest.folder, endpoint), manifest.folder)
    except DriverError as error:
        yield Fault(str(error), _PROTOCOL)
        return
    with suppress(Exception):
        if watched.ready():
            hint = "ask the tool's API, and let what httpx raises pass: that is `not yet`"
            yield Fault(f"{path}: ready() says yes at an address where nothing listens", hint)
    for words in watched.faults:
        yield Fault(words, _PROTOCOL)


def answers(watched: WatchedDriver) -> Iterator[Fault]:
    """Look that every answer so far came in time, and was of the type that the protocol names."""
    for words in watched.faults:
        yield Fault(words, _PROTOCOL)
