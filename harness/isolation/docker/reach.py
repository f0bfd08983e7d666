"""Where the Docker engine is, and why it does not answer: told by its address, its socket, and what is installed.

Decides on values of the system, never on the words of an error.
"""

import errno
import grp
import os
import shutil
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from docker.context import ContextAPI
from docker.utils import parse_host

from harness.isolation.loopback import is_loopback
from harness.isolation.user_name import group_name, user_name

DEFAULT = "unix:///var/run/docker.sock"
_CONNECT_LIMIT_S = 3.0
_INSTALL = "curl -fsSL https://get.docker.com | sudo sh"


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

    def __str__(self) -> str:
        return f"{self.url} (named by {self.named_by})" if self.named_by else self.url


@dataclass(frozen=True)
class Reason:
    """Why an engine cannot be used, and the command that helps."""

    message: str
    remedy: str


def find_address() -> Address:
    """Return where docker's own client would look for the engine."""
    if host := os.environ.get("DOCKER_HOST"):
        return Address(host, "DOCKER_HOST")
    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name)
    if context is None or not context.Host or context.Name == "default":
        return Address(DEFAULT)
    return Address(context.Host, f"the context {context.Name}")


def why_silent(address: Address) -> Reason:
    """Say why no engine answers at an address."""
    if address.parts.scheme == "ssh":
        return Reason(
            f"the Docker engine at {address} is on another machine: a stack needs this one's files and loopback",
            _elsewhere(address),
        )
    code = _connect(address)
    path = address.socket
    if path is None:
        reason = os.strerror(code) if code else "what listens there is no engine"
        return Reason(f"no Docker engine answers at {address}: {reason}", _elsewhere(address))
    if code == errno.EACCES:
        return _not_allowed(address, path)
    if code in (errno.ENOENT, errno.ENOTDIR):
        return _no_socket(address, path)
    if code:
        return Reason(f"no Docker engine answers at {address}: {os.strerror(code)}", _start(address))
    return Reason(f"what listens at {address} does not answer as a Docker engine", _start(address, "restart"))


def _connect(address: Address) -> int:
    """Return the system's error number of a connection; 0 where one comes about."""
    path, parts = address.socket, address.parts
    try:
        if path is None:
            socket.create_connection((parts.hostname, parts.port), _CONNECT_LIMIT_S).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_LIMIT_S)
                probe.connect(str(path))
    except TimeoutError:
        return errno.ETIMEDOUT
    except socket.gaierror:
        return errno.EHOSTUNREACH
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _not_allowed(address: Address, path: Path) -> Reason:
    user = user_name(os.geteuid())
    try:
        status = path.stat()
    except OSError:
        return Reason(f"{user} may not enter {path.parent}, where {address} is", _elsewhere(address))
    refused = f"the Docker engine is there, but {user} may not use it: {path} is for {user_name(status.st_uid)}"
    if not (status.st_gid and status.st_mode & stat.S_IWGRP):
        return Reason(f"{refused} alone", f"sudo chgrp docker {path} && sudo chmod g+rw {path}")
    group = group_name(status.st_gid)
    if not group:
        # As in a container into which the socket of its host is mounted.
        joining = f"sudo groupadd --gid {status.st_gid} dockerhost && sudo usermod -aG dockerhost {user}"
        return Reason(f"{refused} and the group {status.st_gid}, which has no name here", joining)
    if user in grp.getgrnam(group).gr_mem:
        # A session keeps the groups that it began with.
        return Reason(f"{refused} and the group {group}, which {user} joined after logging in", f"newgrp {group}")
    return Reason(f"{refused} and the group {group}", f"sudo usermod -aG {group} {user} && newgrp {group}")


def _no_socket(address: Address, path: Path) -> Reason:
    if address.named_by:
        return Reason(f"no Docker engine answers at {address}: there is no {path}", _elsewhere(address))
    for other in _own_sockets():
        return Reason(
            f"no Docker engine answers at {path}, but this user has one of their own",
            f"export DOCKER_HOST=unix://{other}",
        )
    if shutil.which("dockerd"):
        return Reason(f"no Docker engine answers: it is installed, but there is no {path}", _start(address))
    if shutil.which("docker"):
        return Reason("no Docker engine answers: its client is installed, the engine is not", _INSTALL)
    return Reason("no Docker engine answers: Docker is not installed", _INSTALL)


def _own_sockets() -> list[Path]:
    """Return where engines of a user's own listen: rootless, and Docker Desktop's."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}")
    candidates = [
        runtime / "docker.sock",
        Path.home() / ".docker/run/docker.sock",
        Path.home() / ".docker/desktop/docker.sock",
    ]
    return [path for path in candidates if _connect(Address(f"unix://{path}")) == 0]


def _elsewhere(address: Address) -> str:
    return "unset DOCKER_HOST" if address.named_by == "DOCKER_HOST" else "docker context use default"


def _start(address: Address, verb: str = "start") -> str:
    if address.named_by:
        return _elsewhere(address)
    return f"sudo systemctl {verb} docker" if shutil.which("systemctl") else f"sudo service docker {verb}"
