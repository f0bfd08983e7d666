"""Processes, as the protocol of isolations knows them."""

import sys
from contextlib import AbstractContextManager

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.process import groups
from harness.isolation.process.stack import ProcessStack, launch
from harness.isolation.process.sweep import remove_dead_rounds
from harness.isolation.process.tree import pss_anon_bytes
from harness.isolation.protocol import SERVE, Description, Diagnosis, available_cpus, unlimited_swap
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest
from harness.provision.commands import CommandError, run_command
from harness.provision.process.software import Software
from harness.provision.run_folders import remove_dead_run_folders

_CAVEATS = (
    "Stacks use this host's libraries, and a different PostgreSQL version than containers.",
    "The network is not isolated: telemetry is only disabled by settings.",
    "Ports without an address setting listen on every address.",
    "There is no image, so the size of the environment is shown instead.",
)
_VERSION_LIMIT_S = 30


class Processes(Software):
    """Runs each stack as a separate process tree with its own folder on this host."""

    kind = "process"

    def cpus(self) -> int:
        """Return how many CPUs this process can use."""
        return len(available_cpus())

    def launch(
        self, contender: Contender, envelope: Envelope, port: int | None = None, program: str = SERVE
    ) -> AbstractContextManager[ProcessStack]:
        """Start a stack's processes, and end them at the end of the context. Raises `StackError`."""
        return launch(contender, envelope, port, program, self)

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
        summary = f"processes (no containers) with PostgreSQL {postgres} and {python}, limits by {limits}"
        if groups.available():
            return Description(self.kind, summary, facts, _CAVEATS)
        why = "it is sampled rarely"
        if pss_anon_bytes() is None:
            why = "this kernel does not report it (no Pss_Anon in /proc/PID/smaps_rollup)"
        return Description(self.kind, summary, facts, (*_CAVEATS, f"Memory is not limited, and {why}."))

    def examine(self) -> list[Diagnosis]:
        """Look for Linux, a user to run stacks as, a place for their programs, and a Python of the locks' version."""
        if sys.platform != "linux":
            return [Diagnosis("missing", f"processes need Linux ({sys.platform} has no subreaper)", "use containers")]
        try:
            paths, python = self.paths, self.interpreter
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
            Diagnosis("ok", f"processes: as user {paths.user.name}, Python {python.version} at {python.path}"),
            Diagnosis("ok", f"processes: stacks are stored in {paths.folder}"),
            limits,
        ]

    def remove_leftovers(self) -> int:
        """End and remove the rounds of harnesses that no longer run, and their other leftovers in this checkout."""
        removed = remove_dead_rounds(self.paths)
        remove_dead_run_folders()
        return removed

    def _postgres_version(self) -> str:
        try:
            said = run_command([str(self.postgres() / "postgres"), "--version"], _VERSION_LIMIT_S).stdout
        except CommandError:
            return "unknown"
        return said.split()[-1] if said else "unknown"
