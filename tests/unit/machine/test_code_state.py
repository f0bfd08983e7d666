"""One state of the code for a whole benchmark: a copy of what stacks run from, and a harness that stays as it is."""

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
    """A folder of pipelines that a test may edit."""
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(code_state, "PIPELINES", tmp_path / "pipelines")
    for name in (BASELINE.name, "reference"):
        shutil.copytree(BASELINE.folder.parent / name, tmp_path / "pipelines" / name)
    return tmp_path / "pipelines"


@pytest.fixture
def edited(pipelines: Path) -> Iterator[Manifest]:
    """The baseline as it was held still, after its files were edited."""
    before = read_manifest(pipelines / BASELINE.name / MANIFEST)
    with held_still([before]) as (still,):
        for name in ("noop.py", "driver.py", MANIFEST, "requirements.lock"):
            (before.folder / name).write_text("raise SystemExit")
        (pipelines / "reference" / "etl.py").unlink()
        yield still
    assert not still.folder.exists()


def test_what_is_edited_meanwhile_stays_as_it_was(edited: Manifest) -> None:
    assert content_sha256(code_of(edited)) == content_sha256(code_of(BASELINE))
    for name in ("driver.py", "requirements.lock"):
        assert (edited.folder / name).read_bytes() == (BASELINE.folder / name).read_bytes()
    assert edited.model_copy(update={"folder": BASELINE.folder}) == BASELINE


def test_its_lines_are_counted_there_and_told_by_their_place_in_the_repository(edited: Manifest) -> None:
    copy, original = Contender(edited, "defaults"), Contender(BASELINE, "defaults")
    assert count_source_lines(copy) == count_source_lines(original)
    assert pipeline_texts(copy) == pipeline_texts(original)


def test_only_the_wanted_profiles_are_held_still(pipelines: Path) -> None:
    whole = read_manifest(pipelines / BASELINE.name / MANIFEST)
    with held_still([whole.model_copy(update={"profiles": {}})]) as (still,):
        assert still.profiles == {}


def test_a_harness_that_stays_as_it_is_may_go_on() -> None:
    demand_unchanged(harness_digests())


def test_a_change_of_the_harness_is_named_with_what_to_do() -> None:
    before = harness_digests()
    with pytest.raises(Misuse, match=r"^harness/paths.py changed while the benchmark ran") as refused:
        demand_unchanged({**before, "harness/paths.py": "0"})
    assert refused.value.remedy == "orchbench bench --resume"
    with pytest.raises(Misuse, match=r"^harness/gone.py and 1 more changed"):
        demand_unchanged({**before, "harness/paths.py": "0", "harness/gone.py": "0"})
