"""Containers, as the protocol of isolations knows them."""

from harness.experiment.envelope import Envelope, fitting
from harness.isolation.docker.confinement import run_unconfined, told_by_image
from harness.isolation.docker.containers import launch
from harness.isolation.docker.doctor import demand_one_clock, examine
from harness.isolation.docker.leftovers import remove_labelled
from harness.isolation.protocol import Description, available_cpus
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built, Say, one_builder
from harness.provision.docker import images
from harness.provision.docker.engine import client, engine_answers
from harness.provision.docker.install import time_install
from harness.provision.run_folders import remove_dead_run_folders


class Containers:
    """Runs each stack as a separate Compose project in this machine's Docker engine."""

    kind = "container"
    examine = staticmethod(examine)
    expected_build_s = staticmethod(images.expected_build_s)
    install = staticmethod(time_install)
    launch = staticmethod(launch)
    unconfined = staticmethod(run_unconfined)
    told_by_built = staticmethod(told_by_image)
    remove_built = staticmethod(images.remove_images)

    def cpus(self) -> int:
        """Return how many of this process's CPUs the engine has."""
        with engine_answers():
            return min(len(available_cpus()), int(client().info()["NCPU"]))

    def prepare_warehouse(self, say: Say) -> Built:
        """Build the base and warehouse images if necessary. Raises `BuildError`, and `ClockError` for another clock."""
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

    def describe(self) -> Description:
        """Name the engine, its storage driver and its cgroup version."""
        with engine_answers():
            info = client().info()
        engine, driver, version = f"Docker {info['ServerVersion']}", info["Driver"], info.get("CgroupVersion", "1")
        facts = {"engine": engine, "storage driver": str(driver), "cgroup": f"v{version}"}
        return Description(self.kind, f"{engine} on {driver}, cgroup v{version}", facts)

    def remove_leftovers(self) -> int:
        """Remove everything that carries our label, and the run folders of stacks that are gone."""
        removed = remove_labelled()
        remove_dead_run_folders()
        return removed
