"""One state of the code for a whole benchmark: a copy of the stacks' code, and a harness that does not change."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import Misuse
from harness.machine import code_state
from harness.machine.code_state import demand_unchanged, harness_digests, held_still
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.orchestrators.source_lines import count_source_lines, pipeline_texts
from harness.provision import run_folders
from harness.provision.sources import code_of, content_sha256

BASELINE = discover()[0]


@pytest.fixture
def pipelines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pipelines that a test can edit."""
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(code_state, "PIPELINES", tmp_path / "pipelines")
    for name in (BASELINE.name, "reference"):
        shutil.copytree(BASELINE.folder.parent / name, tmp_path / "pipelines" / name)
    return tmp_path / "pipelines"


@pytest.fixture
def edited(pipelines: Path) -> Iterator[Manifest]:
    """The baseline's copy, after its files were edited."""
    before = read_manifest(pipelines / BASELINE.name / MANIFEST)
    with held_still([before]) as (still,):
        for name in ("noop.py", "driver.py", MANIFEST, "requirements.lock"):
            (before.folder / name).write_text("raise SystemExit")
        (pipelines / "reference" / "etl.py").unlink()
        yield still
    assert not still.folder.exists()


def test_edits_do_not_reach_the_copy(edited: Manifest) -> None:
    assert content_sha256(code_of(edited)) == content_sha256(code_of(BASELINE))
    for name in ("driver.py", "requirements.lock"):
        assert (edited.folder / name).read_bytes() == (BASELINE.folder / name).read_bytes()
    assert edited.model_copy(update={"folder": BASELINE.folder}) == BASELINE


def test_its_lines_are_counted_in_the_copy_and_named_by_their_place_in_the_repository(edited: Manifest) -> None:
    copy, original = Contender(edited, "defaults"), Contender(BASELINE, "defaults")
    assert count_source_lines(copy) == count_source_lines(original)
    assert pipeline_texts(copy) == pipeline_texts(original)


def test_only_the_chosen_profiles_are_copied(pipelines: Path) -> None:
    whole = read_manifest(pipelines / BASELINE.name / MANIFEST)
    with held_still([whole.model_copy(update={"profiles": {}})]) as (still,):
        assert still.profiles == {}


def test_an_unchanged_harness_can_continue() -> None:
    demand_unchanged(harness_digests())


def test_a_change_of_the_harness_is_named_with_a_remedy() -> None:
    before = harness_digests()
    with pytest.raises(Misuse, match=r"^harness/paths.py changed while the benchmark ran") as refused:
        demand_unchanged({**before, "harness/paths.py": "0"})
    assert refused.value.remedy == "orchbench bench --resume"
    with pytest.raises(Misuse, match=r"^harness/gone.py and 1 more changed"):
        demand_unchanged({**before, "harness/paths.py": "0", "harness/gone.py": "0"})
