"""One container, tried out as stacks need it: it starts within limits, shares a folder, answers, and is counted."""

import http.client
import secrets
import time
from contextlib import suppress
from pathlib import Path

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.experiment.envelope import Envelope, fitting
from harness.isolation.cgroup import CgroupError
from harness.isolation.docker.base_image import BASE
from harness.isolation.docker.counted import counters_of
from harness.isolation.docker.engine import ENGINE_FAILS, client, engine_answers, labels
from harness.isolation.free_port import free_port
from harness.isolation.host_lock import held_by_another
from harness.isolation.protocol import Finding, StackError
from harness.isolation.run_folders import short_lived

_LIMIT_S = 5.0
_POLL_S = 0.03
_SERVE = "echo written > /exchange/from-inside; exec python3 -m http.server --directory /exchange 8000"
_ROOTLESS = "https://docs.docker.com/engine/security/rootless/#limiting-resources"


def rehearse() -> list[Finding]:
    """Start one container under a stack's limits and look at all that a stack needs of it; takes about a second."""
    if held_by_another():
        return [Finding("ok", "no container was tried out: another orchbench is at work")]
    with engine_answers():
        try:
            client().images.get(BASE)
        except NotFound:
            words = "no container was tried out: there is no base image yet, the first benchmark makes it"
            return [Finding("ok", words)]
    with short_lived("doctor") as folder:
        folder.chmod(0o777)
        try:
            port = free_port()
            container = _start(folder, port)
        except (StackError, *ENGINE_FAILS) as error:
            reason = error.explanation if isinstance(error, APIError) else error
            return [Finding("missing", f"a container does not start: {reason}", _remedy())]
        try:
            return _look(container, folder, port)
        except ENGINE_FAILS as error:
            return [Finding("missing", f"a container was lost while it was tried out: {error}")]
        finally:
            with suppress(*ENGINE_FAILS):
                container.remove(force=True, v=True)


def _start(folder: Path, port: int) -> Container:
    envelope = fitting(Envelope(), client().info()["NCPU"])
    return client().containers.run(
        BASE,
        ["sh", "-c", _SERVE],
        detach=True,
        user="orchbench",
        nano_cpus=int(envelope.cpus * 1e9),
        mem_limit=envelope.memory_bytes,
        memswap_limit=envelope.memory_bytes,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true", "label=disable"],
        ports={"8000/tcp": ("127.0.0.1", port)},
        volumes={str(folder): {"bind": "/exchange", "mode": "rw"}},
        use_config_proxy=False,
        labels=labels("doctor"),
    )


def _look(container: Container, folder: Path, port: int) -> list[Finding]:
    token = folder / "token"
    token.write_text(secrets.token_hex())
    token.chmod(0o644)
    container.reload()
    answer = _answer(container, port)
    if answer is None:
        container.reload()
        if container.status != "running":
            words = container.logs(tail=1).decode(errors="replace").strip()
            return [Finding("missing", f"a container ends as soon as it starts: {words}", _remedy())]
        said = f"no container is reached at its port on 127.0.0.1: it did not answer in {_LIMIT_S:.0f} s"
        return [Finding("missing", said, "docker context ls")]
    if answer != token.read_text() or not (folder / "from-inside").exists():
        return [
            Finding(
                "missing",
                f"a container does not see {folder.parent}: the engine or this harness is in a machine of its own",
                "docker context ls",
            )
        ]
    return [Finding("ok", "a container starts, shares a folder, and answers on a port"), _counted(container)]


def _answer(container: Container, port: int) -> str | None:
    """Return what the container serves as `token`; `None` where it does not answer in time."""
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline and container.status in ("created", "running"):
        # No proxy of the environment is asked here.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/token")
            return connection.getresponse().read().decode(errors="replace")
        time.sleep(_POLL_S)
        container.reload()
    return None


def _counted(container: Container) -> Finding:
    try:
        own = counters_of(container)
        if own.rss_bytes() > 0 and own.cpu_s() > 0:
            return Finding("ok", "a container's memory and CPU are counted")
    except (CgroupError, OSError):
        pass
    return Finding("warning", "a container's memory and CPU cannot be read on this host: those figures will be n/a")


def _remedy() -> str:
    with engine_answers():
        rootless = "name=rootless" in client().info()["SecurityOptions"]
    return f"let a rootless engine limit CPU and memory: {_ROOTLESS}" if rootless else "sudo journalctl -u docker -n 20"
