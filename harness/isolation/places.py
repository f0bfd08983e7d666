"""The addresses and folders of a stack, and the variables by which its orchestrator finds them."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from harness.isolation.protocol import StackError
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import METADATA

NO_PROXIES = {
    spelt: ""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
    for spelt in (name, name.lower())
}
"""Explicitly no proxy, because the engine's client otherwise adds proxies from its own configuration."""


@dataclass(frozen=True)
class Places:
    """Addresses and folders as the orchestrator's processes see them. Without `metadata`, it has no such database."""

    host: str
    port: int
    state: str
    landing: str
    exchange: str
    warehouse_url: str
    metadata: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)


def variables(contender: Contender, secrets: Mapping[str, str], places: Places) -> dict[str, str]:
    """Return every variable of the orchestrator: its profile's settings, its secrets, and the contract's own."""
    own = contender.settings.settings
    settings = {name: each.value.replace(METADATA, places.metadata) for name, each in own.items()}
    contract = {
        "ORCHBENCH_HOST": places.host,
        "ORCHBENCH_PORT": str(places.port),
        **{name: str(port) for name, port in places.ports.items()},
        "ORCHBENCH_STATE": places.state,
        "ORCHBENCH_LANDING": places.landing,
        "ORCHBENCH_OUTPUT": f"{places.exchange}/output",
        "ORCHBENCH_EVENTS": f"{places.exchange}/events.jsonl",
        "ORCHBENCH_FAULTS": f"{places.exchange}/faults.json",
        "ORCHBENCH_WAREHOUSE": places.warehouse_url,
        "ORCHBENCH_STOP_GRACE_S": str(contender.manifest.stop_grace_s),
    }
    if places.metadata:
        contract["ORCHBENCH_METADATA"] = f"postgresql://{places.metadata}"
    return {**NO_PROXIES, **settings, **secrets, **contract}


def free_port(wanted: int | None = None) -> int:
    """Return `wanted` if nothing listens on it on 127.0.0.1, else a free port. Raises `StackError` without one."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise StackError("no free port on 127.0.0.1")
