"""Calls Compose for a stack's project, with its files and the addresses of its network.

One address of the network is unused. It is the containers' gateway, so traffic to other networks goes nowhere. Docker
accepts a gateway that is not the host only with an explicit range, so the engine cannot choose the range.
"""

import os
import subprocess
from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network

from harness.experiment.envelope import Envelope
from harness.isolation.docker.engine import client, compose_command, engine_answers
from harness.isolation.protocol import StackError
from harness.orchestrators.contender import Contender
from harness.paths import COMPOSE

_LIMIT_S = 180
_RANGE = IPv4Network("198.19.0.0/16")
"""Half of the range that is reserved for benchmarks (RFC 2544), so that no user's network is in it."""
_OF_A_PROCESS, _OF_A_STACK = 24, 28


def up(project: str, contender: Contender, envelope: Envelope, variables: Mapping[str, str]) -> None:
    """Start every container of a project.

    Raises `StackError` when Compose fails or does not end in time.
    """
    files = [COMPOSE / "stack.yaml"]
    if contender.settings.metadata_database:
        files.append(COMPOSE / "metadata.yaml")
    if envelope.state_bytes:
        files.append(COMPOSE / "small_state.yaml")
    if contender.manifest.compose_file.exists():
        files.append(contender.manifest.compose_file)
    named = [argument for file in files for argument in ("-f", str(file))]
    command = [*compose_command(), "-p", project, *named, "up", "--detach"]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Compose `up` did not end in {_LIMIT_S} s") from error
    except OSError as error:
        raise StackError(f"cannot start Compose: {error}") from error
    if done.returncode != 0:
        raise StackError(f"Compose failed: {done.stderr.strip()[-1000:]}")


def nobodys(subnet: IPv4Network) -> str:
    """Return the unused address. The host has the first one, and containers have the next."""
    return str(subnet[-2])


def free_subnet() -> IPv4Network:
    """Return a range that no network of the engine uses.

    Parallel stacks start in separate processes, each with its own range.

    Raises `StackError` if there is none, and `EngineError`.
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
