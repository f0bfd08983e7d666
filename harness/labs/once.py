"""Records that an orchestrator has once: its build, its source lines, its install and its own unit test."""

import time
from collections.abc import Callable, Sequence

from harness.errors import worded
from harness.experiment.judgement import absent
from harness.experiment.plan import Plan
from harness.machine.describe_machine import BenchContext
from harness.measure.presence import present, undisturbed
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.contender import contenders
from harness.orchestrators.manifest import Manifest
from harness.orchestrators.source_lines import count_source_lines, pipeline_texts
from harness.provision.built import Install
from harness.results.records import BuiltRecord, CodeRecord, Record, RecordError, SetupRecord
from harness.results.store import Store


class Once:
    """Makes each single record of a plan at most once. `doing` receives the current activity.

    All profiles of an orchestrator share its build, install and unit test, which are recorded for the shared one.
    """

    def __init__(self, ground: BenchContext, plan: Plan, store: Store, doing: Callable[[str], None]) -> None:
        self._ground, self._plan, self._store, self._doing = ground, plan, store, doing
        self._had: set[tuple[str, str, str]] = set()

    def resume(self, done: Sequence[Record]) -> None:
        """Do not make these records again."""
        self._had.update((record.kind, record.orchestrator, record.profile) for record in done)

    def build(self, manifest: Manifest) -> Exception | None:
        """Build an orchestrator and count its source lines. Return its failure, because others can still be measured.

        A build that installs the lock also measures the install, unless the harness did not run meanwhile.
        """
        self._doing(f"{manifest.name}: building what is missing")
        try:
            with present() as presence:
                built = self._ground.isolation.prepare(manifest, self._doing, self._ground.envelope)
                timed = not absent(presence.absent_s)
            if self._due("built", manifest):
                self._keep(
                    BuiltRecord(
                        at_s=time.time(),
                        orchestrator=manifest.name,
                        profile=manifest.shared_profile,
                        id=built.id,
                        inputs_sha256=built.inputs_sha256,
                        size_bytes=built.size_bytes,
                    )
                )
            if built.install and timed and self._due("setup", manifest):
                self._keep(_setup(manifest, built.install))
            for each in contenders([manifest]):
                if ("code", each.name, each.profile) not in self._had:
                    self._keep(
                        CodeRecord(
                            at_s=time.time(),
                            orchestrator=each.name,
                            profile=each.profile,
                            sloc=count_source_lines(each),
                            texts=pipeline_texts(each),
                        )
                    )
        except RecordError:
            raise
        except Exception as error:
            return error
        return None

    def lacks(self, manifest: Manifest) -> bool:
        """Whether a measurement is due after a successful round."""
        return self._due("setup", manifest) or self._due("unit_test", manifest)

    def measure(self, manifest: Manifest) -> None:
        """Make the measurements that follow a successful round, so that no round waits for them."""
        if self._due("setup", manifest):
            self._doing(f"{manifest.name}: installing its lock")
            install, failure = None, ""
            try:
                install = undisturbed(lambda: self._ground.isolation.install(manifest, self._ground.envelope))
            except Exception as error:
                # A failure only costs this figure, not the benchmark.
                failure = worded(error, manifest.folder)
            self._keep(_setup(manifest, install, failure))
        if self._due("unit_test", manifest):
            self._doing(f"{manifest.name}: running its unit test")
            self._keep(run_unit_test(self._ground.isolation, manifest, self._ground.envelope))

    def _due(self, kind: str, manifest: Manifest) -> bool:
        """Whether the plan has such a record and it was not made yet."""
        planned = kind in self._plan.once and (kind != "unit_test" or manifest.unit_test is not None)
        return planned and (kind, manifest.name, manifest.shared_profile) not in self._had

    def _keep(self, record: Record) -> None:
        self._store.append(record)
        self._had.add((record.kind, record.orchestrator, record.profile))


def _setup(manifest: Manifest, install: Install | None, failure: str = "") -> SetupRecord:
    return SetupRecord(
        at_s=time.time(),
        orchestrator=manifest.name,
        profile=manifest.shared_profile,
        download_bytes=install.download_bytes if install else None,
        packages=install.packages if install else None,
        install_s=install.seconds if install else None,
        failure=failure,
    )
