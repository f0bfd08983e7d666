"""Finds the Docker engine, or the reason why it does not respond, with a remedy per system error."""

import errno
import os
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from docker.context import ContextAPI
from docker.utils import parse_host

DEFAULT = "unix:///var/run/docker.sock"
_CONNECT_LIMIT_S = 3.0
_INSTALL = "https://docs.docker.com/engine/install/"
_REMEDIES = {
    errno.ENOENT: f"install and start Docker Engine: {_INSTALL}",
    errno.ECONNREFUSED: "sudo systemctl start docker",
    errno.EACCES: 'sudo usermod -aG docker "$USER" && newgrp docker',
}


@dataclass(frozen=True)
class EngineAddress:
    """The address of an engine, and its source: `DOCKER_HOST`, a context, or empty for the default."""

    url: str
    named_by: str = ""

    @property
    def parts(self) -> SplitResult:
        """The parts of the address. Raises docker's `DockerException` if it is invalid."""
        return urlsplit(str(parse_host(self.url)))

    @property
    def socket(self) -> Path | None:
        """The socket of a local engine, or `None` if the address is not a socket."""
        if self.parts.scheme != "http+unix":
            return None
        return Path("/", f"{self.parts.netloc}{self.parts.path}".lstrip("/"))

    @property
    def remote(self) -> bool:
        """Whether the engine is on another machine, which has neither our files nor our loopback."""
        return self.socket is None and not is_loopback(self.parts.hostname or "")

    @property
    def other(self) -> str:
        """The command that selects the default engine. Empty if it is selected."""
        if not self.named_by:
            return ""
        return "unset DOCKER_HOST" if self.named_by == "DOCKER_HOST" else "docker context use default"

    def __str__(self) -> str:
        return f"{self.url} (named by {self.named_by})" if self.named_by else self.url


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def find_address() -> EngineAddress:
    """Return the address that docker's own client would use."""
    if host := os.environ.get("DOCKER_HOST"):
        return EngineAddress(host, "DOCKER_HOST")
    context = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT"))
    if context is None or not context.Host or context.Name == "default":
        return EngineAddress(DEFAULT)
    return EngineAddress(context.Host, f"the context {context.Name}")


def why_silent(address: EngineAddress) -> tuple[str, str]:
    """Return why no engine responds at an address, and a remedy."""
    try:
        if address.socket is None:
            socket.create_connection((address.parts.hostname, address.parts.port), _CONNECT_LIMIT_S).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_LIMIT_S)
                probe.connect(str(address.socket))
    except OSError as error:
        why, remedy = error.strerror or str(error), _REMEDIES.get(error.errno or 0, _INSTALL)
    else:
        why, remedy = "another program listens there", "sudo systemctl restart docker"
    return f"no Docker engine responds at {address}: {why}", address.other or remedy
