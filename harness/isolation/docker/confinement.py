"""A container stack's isolation, with parts of its own compose file that may have forgotten our label."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docker.models.containers import Container

from harness.isolation import inside
from harness.isolation.confinement import Address, Part
from harness.isolation.protocol import StackError
from harness.orchestrators.manifest import Manifest
from harness.provision.docker.base_image import BASE
from harness.provision.docker.engine import LABEL, client, engine_answers, labels, run_container, run_inside
from harness.provision.docker.images import image_name

if TYPE_CHECKING:
    from harness.isolation.docker.containers import ContainerStack

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_FOLDERS = ["/state", "/exchange", "/tmp", "/home", "/dev", "/proc"]  # noqa: S108  # as the container sees it
"""The folders that a stack's processes can write."""


@dataclass(frozen=True)
class ContainerConfinement:
    """The engine's view of one Compose project."""

    stack: "ContainerStack"
    owns_code: bool = False

    @property
    def listens_at(self) -> Address:
        """The address at which `serve` should listen: published on 127.0.0.1 only."""
        return self.stack.listens_at

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command in the orchestrator's container. Raises `StackError`."""
        with engine_answers("cannot run a command in its container", kind=StackError):
            code, said = run_inside(self.stack.container(), command)
        return code or 0, said.decode(errors="replace") if isinstance(said, bytes) else ""

    def parts(self) -> list[Part]:
        """Return every container, volume and network of the project."""
        return [
            self._container(each)
            if isinstance(each, Container)
            else Part(f"the {kind} {each.name}", LABEL in (each.attrs["Labels"] or {}))
            for kind, each in self._found()
        ]

    def strays(self) -> list[str]:
        """Return files that are open for writing outside of the volumes and the temporary folder."""
        return self.stack.inside(inside.writing, _FOLDERS)

    def left(self) -> list[str]:
        """Return the remaining parts of the project in the engine."""
        return [f"the {kind} {each.name}" for kind, each in self._found()]

    def _found(self) -> list[tuple[str, Any]]:
        filters: dict[str, Any] = {"label": f"{_PROJECT}={self.stack.name}"}
        with engine_answers():
            engine = client()
            return [
                *(("container", each) for each in engine.containers.list(all=True, filters=filters)),
                *(("volume", each) for each in engine.volumes.list(filters=filters)),
                *(("network", each) for each in engine.networks.list(filters=filters)),
            ]

    def _container(self, container: Container) -> Part:
        host, service = container.attrs["HostConfig"], container.labels.get(_SERVICE, container.name)
        own = self.stack.inside(inside.owners) if service == "orchestrator" else []
        published = (
            Address(binding["HostIp"] or "0.0.0.0", int(binding["HostPort"] or 0))  # noqa: S104  # the engine's default
            for bindings in (host["PortBindings"] or {}).values()
            for binding in bindings or ()
        )
        return Part(
            name=f"the container {service}",
            labelled=LABEL in container.labels,
            users=(str(container.attrs["Config"]["User"]), *map(str, own)),
            reached_at=tuple(published),
            powers=tuple(_powers(host)),
            limited=True,
            cpus=host["NanoCpus"] / 1e9 if host["NanoCpus"] else None,
            memory_bytes=host["Memory"] if host["Memory"] and host["Memory"] == host["MemorySwap"] else None,
        )


def _powers(host: Mapping[str, Any]) -> list[str]:
    """Return the privileges of a container that a plain process does not have."""
    capabilities, options = host["CapAdd"] or (), host["SecurityOpt"] or ()
    powers = {
        "it is privileged": host["Privileged"],
        "it keeps capabilities of root (cap_drop: [ALL] is missing)": "ALL" not in (host["CapDrop"] or ()),
        f"it has extra capabilities ({', '.join(capabilities)})": capabilities,
        "a program of it may gain privileges (security_opt: no-new-privileges is missing)": not any(
            "no-new-privileges" in option for option in options
        ),
        "it shares a namespace with this host": "host" in (host["NetworkMode"], host["PidMode"], host["IpcMode"]),
        "it holds the engine's socket": any("docker.sock" in mount for mount in host["Binds"] or ()),
    }
    return [power for power, has in powers.items() if has]


def run_unconfined(*command: str) -> str:
    """Return the output of a command in a container on the engine's default network. Raises `EngineError`."""
    with engine_answers("could not run an unrestricted container"):
        said = run_container(BASE, command, use_config_proxy=False, labels=labels("unconfined"))
    return said.decode(errors="replace")


def told_by_image(manifest: Manifest) -> list[str]:
    """Return the variables, labels and commands of a tool's image, and those by which its layers were made."""
    name = image_name(manifest)
    with engine_answers(f"cannot inspect {name}"):
        image = client().images.get(name)
        configuration = image.attrs["Config"]
        layers = [str(layer.get("CreatedBy", "")) for layer in image.history()]
    named = [f"{key}={value}" for key, value in (configuration.get("Labels") or {}).items()]
    commands = [" ".join(configuration.get(each) or ()) for each in ("Cmd", "Entrypoint")]
    return [*(configuration.get("Env") or ()), *named, *commands, *layers]
