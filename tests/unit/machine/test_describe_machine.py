"""The systems in a result, and the harness files that must not change within one."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from checkouts import copy_checkout
from samples import plan_of

from harness.experiment.envelope import Envelope, Pinning
from harness.isolation.protocol import Description
from harness.machine.describe_machine import BenchContext, Intent, describe, harness_sha256
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Unsupported
from harness.provision.built import Built
from harness.results.environment import UnsupportedScenario as Kept


def test_a_result_has_the_mode_and_the_unsupported_scenarios() -> None:
    lack = Unsupported(reason="it has none", docs="https://example.org/none")
    manifest = discover()[0].model_copy(
        update={
            "mode": "library",
            "unsupported": {"attempts": lack, "retry_delay": lack, "ui": lack, "cancelled": lack},
        }
    )
    isolation = SimpleNamespace(describe=lambda: Description("container", "Docker", {}))
    pinning = Pinning(pinned=False, harness=[0], stacks=[0])
    ground = BenchContext(isolation, Built("sha256:0", "0" * 64, 1), Envelope(), pinning)
    [system] = describe(ground, Intent([manifest], None, "quick", 1, 1, plan_of()), {}, 0).systems
    assert system.mode == "library"
    assert not system.delays_retries
    assert system.unsupported == dict.fromkeys(
        ("attempts", "retry_delay", "ui"), Kept(reason=lack.reason, docs=str(lack.docs))
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("checkout")).folder


@pytest.mark.parametrize(
    "name",
    [
        *("harness/measure/trial.py", "uv.lock", "pipelines/new/compose.yaml"),
        *("compose/stack.yaml", "compose/common.yaml", "compose/installer.lock"),
        *("pipelines/reference/etl.py", "pipelines/reference/golden.json", "pipelines/reference/warehouse.sql"),
    ],
)
def test_an_edit_and_its_reversal_are_noticed(repository: Path, name: str) -> None:
    path, before = repository / name, harness_sha256(repository)
    content = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((content or b"") + b"\n")
    assert harness_sha256(repository) != before
    path.unlink() if content is None else path.write_bytes(content)
    assert harness_sha256(repository) == before


def test_files_that_running_creates_are_no_edit(repository: Path) -> None:
    before = harness_sha256(repository)
    for name in ("harness/__pycache__/a.pyc", "pipelines/reference/__pycache__/b.pyc", ".run/c/compose.yaml"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).touch()
    assert harness_sha256(repository) == before
