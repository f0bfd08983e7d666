"""Where the Docker engine is, and why it does not answer: the system's own error, and one remedy for each."""

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
class Address:
    """The address of an engine, and what names it: `DOCKER_HOST`, a context, or nothing for the default one."""

    url: str
    named_by: str = ""

    @property
    def parts(self) -> SplitResult:
        """The address, taken apart. Raises docker's `DockerException` where it is none."""
        return urlsplit(str(parse_host(self.url)))

    @property
    def socket(self) -> Path | None:
        """The socket of an engine on this machine; `None` where the address is not that of a socket."""
        if self.parts.scheme != "http+unix":
            return None
        return Path("/", f"{self.parts.netloc}{self.parts.path}".lstrip("/"))

    @property
    def remote(self) -> bool:
        """Whether the engine is on another machine, which has neither our files nor our loopback."""
        return self.socket is None and not is_loopback(self.parts.hostname or "")

    @property
    def other(self) -> str:
        """The command that chooses the default engine; empty where that is chosen."""
        if not self.named_by:
            return ""
        return "unset DOCKER_HOST" if self.named_by == "DOCKER_HOST" else "docker context use default"

    def __str__(self) -> str:
        return f"{self.url} (named by {self.named_by})" if self.named_by else self.url


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def find_address() -> Address:
    """Return where docker's own client would look for the engine."""
    if host := os.environ.get("DOCKER_HOST"):
        return Address(host, "DOCKER_HOST")
    context = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT"))
    if context is None or not context.Host or context.Name == "default":
        return Address(DEFAULT)
    return Address(context.Host, f"the context {context.Name}")


def why_silent(address: Address) -> tuple[str, str]:
    """Return why no engine answers at an address, and the command that helps."""
    error = _connect(address)
    if error is None:
        why, remedy = "another program listens there", "sudo systemctl restart docker"
    else:
        why, remedy = error.strerror or str(error), _REMEDIES.get(error.errno or 0, _INSTALL)
    return f"no Docker engine answers at {address}: {why}", address.other or remedy


def _connect(address: Address) -> OSError | None:
    """Return the error of a connection; `None` where one comes about."""
    try:
        if address.socket is None:
            socket.create_connection((address.parts.hostname, address.parts.port), _CONNECT_LIMIT_S).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_LIMIT_S)
                probe.connect(str(address.socket))
    except OSError as error:
        return error
    return None
