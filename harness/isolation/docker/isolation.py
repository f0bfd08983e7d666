"""Containers, as the protocol of isolations knows them."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from harness.experiment.envelope import Envelope, fitting
from harness.isolation.docker.confinement import run_unconfined, told_by_image
from harness.isolation.docker.containers import ContainerStack, launch
from harness.isolation.docker.doctor import demand_one_clock, examine
from harness.isolation.docker.leftovers import remove_labelled
from harness.isolation.pinning import available_cpus
from harness.isolation.protocol import SERVE, Description, Diagnosis
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built, Install, Say, one_builder
from harness.provision.docker import images
from harness.provision.docker.engine import client, engine_answers
from harness.provision.docker.images import image_name
from harness.provision.docker.install import time_install
from harness.provision.run_folders import remove_dead_run_folders


class Containers:
    """Runs each stack as a separate Compose project in this machine's Docker engine."""

    kind = "container"

    def obstacle(self) -> Diagnosis | None:
        """Return why there is no engine to use, or nothing to make a base image of."""
        return next((finding for finding in self.examine() if finding.level == "missing"), None)

    def cpus(self) -> int:
        """Return how many of this process's CPUs the engine has."""
        with engine_answers():
            return min(len(available_cpus()), int(client().info()["NCPU"]))

    def prepare_warehouse(self, say: Say) -> Built:
        """Build the base image and the warehouse's if they are missing or outdated.

        Raises `BuildError`, and `ClockError` if containers do not share the host's clock.
        """
        with one_builder("warehouse"):
            built = images.ensure_warehouse(say)
        demand_one_clock()
        return built

    def prepare(self, manifest: Manifest, say: Say, envelope: Envelope | None = None) -> Built:
        """Build an orchestrator's image if it is missing or outdated. Raises `BuildError`."""
        with one_builder(manifest.name):
            built = images.ensure_orchestrator(manifest, envelope or fitting(Envelope(), self.cpus()), say)
            images.remove_replaced()
        return built

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds the images that are missing take. Raises `EngineError`."""
        return images.expected_build_s(manifests)

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install a lock in a fresh container without a network. Raises `BuildError`."""
        return time_install(manifest, envelope)

    def launch(
        self, manifest: Manifest, profile: str, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[ContainerStack]:
        """Start a stack's containers, and remove them at the end of the context. Raises `StackError`."""
        return launch(manifest, profile, envelope, port, program)

    def unconfined(self, *command: str) -> str | None:
        """Return the output of a command in a plain container of the base image. Raises `EngineError`."""
        return run_unconfined(command)

    def told_by_built(self, manifest: Manifest) -> list[str]:
        """Return the metadata of an orchestrator's image. Raises `EngineError`."""
        return told_by_image(image_name(manifest))

    def describe(self) -> Description:
        """Name the engine, its storage driver and its cgroup version."""
        with engine_answers():
            info = client().info()
        engine, driver, version = f"Docker {info['ServerVersion']}", info["Driver"], info.get("CgroupVersion", "1")
        facts = {"engine": engine, "storage driver": str(driver), "cgroup": f"v{version}"}
        return Description(self.kind, f"{engine} on {driver}, cgroup v{version}", facts)

    def examine(self) -> list[Diagnosis]:
        """Look at the engine, Compose, the base image, memory."""
        return examine()

    def remove_leftovers(self) -> int:
        """Remove everything that carries our label, and the run folders of stacks that are gone."""
        removed = remove_labelled()
        remove_dead_run_folders()
        return removed

    def remove_built(self) -> int:
        """Remove every image of ours."""
        return images.remove_images()
