"""Fixtures of all tests: the landing files, and real stacks in each isolation, or a loud reason why not.

A session may have lanes (`--numprocesses N --dist loadscope`). Each lane is a worker that serves one stack after
another. Lanes compare verdicts instead of milliseconds, so they do not disturb each other. The session holds the
machine's lock, and each worker has a separate lock.
"""

import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checkouts import Checkout, copy_checkout
from lacking import lacks
from orchestrators.assembled import BASELINE, build_image
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.isolation.databases import Access
from harness.isolation.docker.isolation import Containers
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Isolation, obstacle
from harness.machine.host_lock import VARIABLE, exclusive
from harness.machine.landing_data import ensure_landing
from harness.measure import warehouse
from harness.measure.stack import Stack, launch, wait_ready
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest
from harness.paths import LANDING, PIPELINES
from harness.provision.built import Built

if TYPE_CHECKING:
    import polars as pl

KINDS: dict[str, type[Isolation]] = {"container": Containers, "process": Processes}

Build = Callable[[Manifest], Built]
Serve = Callable[..., AbstractContextManager[Stack]]

CROWDED = ("tests/conformance/test_conformance.py", "tests/integration/test_crash_lab.py")
"""Modules that run many stacks at once."""

_session = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--isolation", choices=KINDS, action="append", help="Only in this isolation; may be repeated.")


def pytest_configure(config: pytest.Config) -> None:
    # Programs under nohup ignore it, and so would every harness that a test starts.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ[VARIABLE] = f"/tmp/orchbench-tests-{worker}.lock"
    elif config.getoption("dist") == "loadscope":
        try:
            _session.enter_context(exclusive())
        except HarnessError as error:
            pytest.exit(str(error), returncode=2)


def pytest_unconfigure() -> None:
    _session.close()


class Lanes(LoadScopeScheduling):
    """Runs all tests of a lane in one worker: one lane per isolation, and one per module that runs many stacks at once.

    Unit tests belong to no lane, and fill the free workers.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/unit/"):
            return nodeid
        module = nodeid.partition("::")[0]
        if module in CROWDED:
            return module
        asked = re.search(rf"\[({'|'.join(KINDS)})\b", nodeid)
        return asked[1] if asked else "process"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes | None:
    return Lanes(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that need stacks once per isolation, and slow ones only in the first unless an isolation was chosen."""
    if "isolation" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only_in")
        first = metafunc.definition.get_closest_marker("first_in")
        asked = metafunc.config.getoption("isolation") or (first.args if first else list(KINDS))
        kinds = [kind for kind in asked if only is None or kind in only.args]
        metafunc.parametrize("isolation", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def landing() -> Path:
    """The five landing files, downloaded once for all test sessions."""
    ensure_landing(LANDING)
    return LANDING


@pytest.fixture
def checkout(tmp_path: Path, landing: Path) -> Checkout:
    """A copy of this checkout whose command line can run stacks as processes."""
    if missing := obstacle(Processes()):
        lacks("the isolation process", missing.what)
    Processes().prepare_warehouse(print)
    return copy_checkout(tmp_path / "checkout")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter. Folders of pytest are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def isolation(request: pytest.FixtureRequest, landing: Path) -> Isolation:
    """The isolation of the parameter. Skips if it is not usable, but fails in CI, where a skip would hide tests."""
    held = KINDS[request.param]()
    if missing := obstacle(held):
        lacks(f"the isolation {request.param}", missing.what)
    with exclusive():
        held.remove_leftovers()
        held.prepare_warehouse(print)
    return held


@pytest.fixture(scope="session")
def build(isolation: Isolation) -> Build:
    """Build an orchestrator if necessary. Images of test orchestrators are based on the baseline's."""

    def build_it(manifest: Manifest) -> Built:
        own = not manifest.folder.is_relative_to(PIPELINES)
        with exclusive():
            if own and isinstance(isolation, Containers):
                isolation.prepare(BASELINE, print)
                return build_image(manifest)
            return isolation.prepare(manifest, print)

    return build_it


@pytest.fixture(scope="session")
def serve(isolation: Isolation, build: Build) -> Serve:
    """Serve an orchestrator while this test has the machine to itself."""

    @contextmanager
    def ready(
        manifest: Manifest, profile: str = "defaults", envelope: Envelope | None = None, port: int | None = None
    ) -> Iterator[Stack]:
        build(manifest)
        with exclusive(), launch(isolation, Contender(manifest, profile), envelope or Envelope(), port) as stack:
            wait_ready(stack, stack.running.started_ns)
            yield stack

    return ready


@pytest.fixture(scope="module")
def access(serve: Serve) -> Iterator[Access]:
    """The warehouse of an idle baseline stack, for one module."""
    with serve(BASELINE) as stack:
        yield stack.running.warehouse


@pytest.fixture(scope="module")
def january(landing: Path) -> "pl.DataFrame":
    """The exported rows of January."""
    # Few workers need it, and its import is slow.
    from reference import etl

    return etl.transform(etl.load(landing, "2013-01"))


@pytest.fixture
def output(access: Access, tmp_path: Path) -> Path:
    """An empty output folder, with an empty warehouse."""
    folder = tmp_path / "output"
    warehouse.reset(access, folder)
    return folder
