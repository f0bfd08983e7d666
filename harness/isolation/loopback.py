"""The loopback of this machine, which takes no proxy."""

from collections.abc import MutableMapping
from ipaddress import ip_address

_NAMES = ("localhost", "127.0.0.1", "::1")
_VARIABLES = ("NO_PROXY", "no_proxy")
_EVERYTHING = "*"


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def spare_loopback(environment: MutableMapping[str, str]) -> None:
    """Make an environment name loopback among what takes no proxy, beside what it names already."""
    for variable in [name for name in _VARIABLES if name in environment] or _VARIABLES:
        named = [each.strip() for each in environment.get(variable, "").split(",") if each.strip()]
        if _EVERYTHING not in named:
            environment[variable] = ",".join([*named, *(name for name in _NAMES if name not in named)])
