"""Compose for a stack's project, with its files and the addresses of its network.

Traffic to other networks goes to an unused address. Docker accepts such a gateway only with an explicit range.
"""

import os
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, ip_network

from harness.experiment.envelope import Envelope
from harness.isolation.protocol import StackError
from harness.orchestrators.contender import Contender
from harness.paths import COMPOSE
from harness.provision.commands import CommandError, run_command
from harness.provision.docker.engine import EngineError, client, engine_answers

_LIMIT_S = 180
_PROBE_LIMIT_S = 30
_PROBE = ("-f", "-", "-p", "orchbench-doctor", "ps", "-q")
_PROJECT = "services: {doctor: {image: none}}\n"
_RANGE = IPv4Network("198.19.0.0/16")
"""Half of the range that is reserved for benchmarks (RFC 2544), so that no user's network is in it."""
_OF_A_PROCESS, _OF_A_STACK = 24, 28


def up(project: str, contender: Contender, envelope: Envelope, variables: Mapping[str, str]) -> None:
    """Start every container of a project. Raises `StackError` when Compose fails or does not end in time."""
    files = [COMPOSE / "stack.yaml"]
    if contender.settings.metadata_database:
        files.append(COMPOSE / "metadata.yaml")
    if envelope.state_bytes:
        files.append(COMPOSE / "small_state.yaml")
    if contender.manifest.compose_file.exists():
        files.append(contender.manifest.compose_file)
    named = [argument for file in files for argument in ("-f", str(file))]
    command = [*compose_command(), "-p", project, *named, "up", "--detach"]
    done = run_command(command, _LIMIT_S, StackError, env={**os.environ, **variables})
    if done.returncode != 0:
        raise StackError(f"Compose failed: {done.stderr.strip()[-1000:]}")


def free_subnet() -> IPv4Network:
    """Return a range that no network and no parallel harness uses. Raises `StackError` if there is none."""
    with engine_answers():
        networks = client().networks.list()
    configured = [each for network in networks for each in network.attrs["IPAM"]["Config"] or []]
    taken = [ip_network(each["Subnet"]) for each in configured if "Subnet" in each]
    own = [*_RANGE.subnets(new_prefix=_OF_A_PROCESS)]
    for addresses in own[os.getpid() % len(own)].subnets(new_prefix=_OF_A_STACK):
        if not any(addresses.overlaps(each) for each in taken):
            return addresses
    raise StackError(f"Docker's networks already use all of {_RANGE}")


@cache
def compose_command() -> tuple[str, ...]:
    """Return the Compose command that can reach the engine, which 1.29 may not. Raises `EngineError` without one."""
    complaint = ""
    for command in (("docker", "compose"), ("docker-compose",)):
        try:
            done = run_command([*command, *_PROBE], _PROBE_LIMIT_S, input=_PROJECT)
        except CommandError as error:
            complaint = str(error)
            continue
        if not done.returncode:
            return command
        complaint = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    raise EngineError(
        f"there is no Docker Compose that can reach the engine: {complaint}",
        remedy="sudo apt-get install --reinstall docker-compose",
    )
