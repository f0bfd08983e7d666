"""The proxies of this host's environment: for downloads, and for nothing else."""

import os
from urllib.parse import urlsplit

from harness.isolation.loopback import is_loopback


def proxies() -> dict[str, str]:
    """Return every variable of this process that names a proxy, or what takes none."""
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


def download_network() -> str | None:
    """Return the network mode in which a container reaches the proxies: a loopback is the host's own."""
    addresses = [value for name, value in proxies().items() if name.lower() != "no_proxy"]
    return "host" if any(is_loopback(_host(address)) for address in addresses) else None


def _host(address: str) -> str:
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
