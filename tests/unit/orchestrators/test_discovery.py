"""The systems of a benchmark: manifests decide if none are named."""

import tomllib
from pathlib import Path

import pytest

from harness.errors import Misuse
from harness.orchestrators.discovery import chosen, discover
from harness.orchestrators.manifest import MANIFEST
from harness.paths import PIPELINES

BY_DEFAULT = {manifest.name for manifest in discover() if manifest.baseline or manifest.measured_by_default}


def names(*only: str, profiles: tuple[str, ...] = (), everyone: bool = False) -> set[str]:
    return {manifest.name for manifest in chosen(only, profiles, everyone=everyone)}


def test_the_default_choice_is_the_baseline_and_the_tools_whose_manifests_say_so() -> None:
    assert names() == BY_DEFAULT


def test_all_takes_every_one() -> None:
    assert names(everyone=True) == {manifest.name for manifest in discover()}


def test_only_takes_any_and_the_baseline() -> None:
    other = max(names(everyone=True) - {"plain"}, default="plain")
    assert names(other) == {"plain", other}


def test_names_together_with_all_are_a_misuse() -> None:
    with pytest.raises(Misuse, match="Leave out one of them"):
        names("plain", everyone=True)


def test_a_profile_is_chosen_from_the_default_systems() -> None:
    profile = max(name for manifest in discover() for name in manifest.profiles)
    with_it = {manifest.name for manifest in discover() if manifest.baseline or profile in manifest.profiles}
    taken = chosen((), (profile,))
    assert {manifest.name for manifest in taken} == BY_DEFAULT & with_it
    assert all(list(manifest.profiles) == [profile] for manifest in taken if not manifest.baseline)
    assert all(manifest.shared_profile == profile for manifest in taken if not manifest.baseline)


def test_a_new_folder_takes_part_only_if_its_manifest_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    text = (PIPELINES / "plain" / MANIFEST).read_text()
    assert "measured_by_default" not in tomllib.loads(text)
    (folder / MANIFEST).write_text(text.replace('name = "plain"', 'name = "sample"').replace("baseline = true\n", ""))
    assert [manifest.measured_by_default for manifest in discover(tmp_path)] == [False]
