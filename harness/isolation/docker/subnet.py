"""Which addresses a stack's network has: a range in which one address is left to nobody.

Containers send to that one whatever is not for their own network, so it goes nowhere. Docker takes the containers'
gateway apart from the host's own address only where the range is named, so none can be left to the engine's choice.
"""

import os
from ipaddress import IPv4Network, ip_network

from harness.isolation.docker.engine import client, engine_answers
from harness.isolation.protocol import StackError

_RANGE = IPv4Network("198.19.0.0/16")
"""Half of what is set aside for benchmarks (RFC 2544), so that no network of a user is in it."""
_OF_A_PROCESS, _OF_A_STACK = 24, 28


def nobodys(subnet: IPv4Network) -> str:
    """Return the address that nobody has: the host takes the first, and containers the next."""
    return str(subnet[-2])


def free_subnet() -> IPv4Network:
    """Return addresses that no network of the engine has.

    Stacks that start side by side do so in processes of their own, each of which has a range for itself.

    Raises `StackError` where there are none, and `EngineError`.
    """
    with engine_answers():
        networks = client().networks.list()
    configured = [each for network in networks for each in network.attrs["IPAM"]["Config"] or []]
    taken = [ip_network(each["Subnet"]) for each in configured if "Subnet" in each]
    own = [*_RANGE.subnets(new_prefix=_OF_A_PROCESS)]
    for addresses in own[os.getpid() % len(own)].subnets(new_prefix=_OF_A_STACK):
        if not any(addresses.overlaps(each) for each in taken):
            return addresses
    raise StackError(f"Docker's networks already use all of {_RANGE}")
