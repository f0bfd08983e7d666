"""Manifests: valid ones, and the message for each mistake."""

import re
from pathlib import Path

import pytest
from systems import BASELINE, PUBLISHED

from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.discovery import discover
from harness.orchestrators.driver import Endpoint
from harness.orchestrators.loading import load_driver
from harness.orchestrators.manifest import ManifestError, Profile, read_manifest
from harness.orchestrators.source_lines import count_source_lines, source_lines
from harness.paths import PIPELINES, REPOSITORY

GOOD = """
name = "sample"
title = "Sample"
homepage = "https://example.org"
package = "sample"
port = 8000
ready_limit_s = 30
trial_limit_s = 60
[profiles.defaults]
trial_s = 4
[code]
pipeline = []
config = []
deployment = []
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sample" / "orchestrator.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_a_complete_manifest_is_read(tmp_path: Path) -> None:
    assert read_manifest(write(tmp_path, GOOD)).title == "Sample"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("port = 8000", "port = 80000"), ["port", "less than 65536"]),
        (("port = 8000", 'port = "x"'), ["port", "valid integer"]),
        (("trial_s = 4", ""), ["trial_s", "Field required"]),
        (("trial_s = 4", "trial_s = 4\ntypo = 1"), ["typo", "not permitted"]),
        (('name = "sample"', 'name = "other"'), ["name", "expected 'sample'"]),
        (("[profiles.defaults]", "[profiles.tuned]"), ["profiles", "'defaults'"]),
        (
            ("[profiles.defaults]\ntrial_s = 4", "[profiles.defaults]\n[profiles.tuned]\ntrial_s = 4"),
            ["defaults.trial_s"],
        ),
        (("[profiles.defaults]\ntrial_s = 4", "profiles = 4"), ["profiles", "valid dictionary"]),
        (("trial_s = 4", "trial_s = 4\nmetadata_database = true"), ["${METADATA}", "the other way round"]),
        (('name = "sample"', 'name = "sample"\nfolder = "/"'), ["folder", "not allowed"]),
        (("port = 8000", "port 8000"), ["not valid TOML"]),
        (("port = 8000", 'port = 8000\nmode = "service"'), ["mode: Input should be 'server', 'command', 'library' or"]),
        (("trial_s = 4", "trial_s = 4\nretry_period_s = -1"), ["retry_period_s", "greater than or equal to 0"]),
        (("[code]", "[profiles.Re-tried]\n[code]"), ["profiles.Re-tried: expected lower-case letters"]),
        (("[code]", f"[profiles.{'a' * 41}]\n[code]"), ["expected at most 40 characters, got 41"]),
        (("port = 8000", 'port = 8000\nshared_profile = "tuned"'), ["shared_profile: expected one of", "got 'tuned'"]),
    ],
)
def test_a_mistake_names_the_file_the_field_and_the_expected_value(
    tmp_path: Path, change: tuple[str, str], expected: list[str]
) -> None:
    path = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)
    for words in expected:
        assert words in str(caught.value)


TUNED = """
[profiles.defaults.settings.KEPT]
value = "1"
reason = "both need it"
docs = "https://example.org/kept"
[profiles.defaults.settings.CHANGED]
value = "1"
reason = "as it comes"
docs = "https://example.org/changed"
[profiles.tuned.settings.CHANGED]
value = "2"
reason = "less waiting"
[profiles.tuned.settings.OWN]
value = "3"
reason = "only here"
docs = "https://example.org/own"
"""


def values(profile: Profile) -> dict[str, str]:
    return {name: setting.value for name, setting in profile.settings.items()}


def test_a_profile_inherits_missing_fields_from_defaults(tmp_path: Path) -> None:
    profiles = read_manifest(write(tmp_path, GOOD + TUNED)).profiles
    tuned = profiles["tuned"]
    assert tuned.trial_s == profiles["defaults"].trial_s == 4
    assert {name: setting.value for name, setting in tuned.settings.items()} == {
        "KEPT": "1",
        "CHANGED": "2",
        "OWN": "3",
    }
    assert str(tuned.settings["CHANGED"].docs) == "https://example.org/changed"
    assert {name: setting.value for name, setting in profiles["defaults"].settings.items()} == {
        "KEPT": "1",
        "CHANGED": "1",
    }


def test_records_that_profiles_share_are_kept_under_the_profile_that_the_manifest_names(tmp_path: Path) -> None:
    manifest = read_manifest(
        write(tmp_path, GOOD.replace("[profiles", 'shared_profile = "tuned"\n[profiles', 1) + TUNED)
    )
    assert manifest.shared_profile == "tuned"
    assert manifest.with_profiles(["tuned"]).shared_profile == "tuned"
    alone = manifest.with_profiles(["defaults"])
    assert ([*alone.profiles], alone.shared_profile) == (["defaults"], "defaults")
    assert read_manifest(PIPELINES / "plain" / "orchestrator.toml").shared_profile == "defaults"


def test_a_tool_delays_its_retries_unless_its_manifest_says_otherwise(tmp_path: Path) -> None:
    lack = '[unsupported.retry_delay]\nreason = "a retry starts at once"\ndocs = "https://example.org/retry"\n'
    assert read_manifest(write(tmp_path / "one", GOOD)).delays_retries
    assert not read_manifest(write(tmp_path / "other", GOOD + lack)).delays_retries


def test_discovery_is_by_folder(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "no_manifest").mkdir()
    assert [manifest.name for manifest in discover(tmp_path)] == ["sample"]


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_every_committed_manifest_has_its_files(manifest) -> None:
    assert manifest.version
    assert (manifest.folder / "serve").stat().st_mode & 0o111, "serve must be executable"
    for contender in contenders([manifest]):
        assert count_source_lines(contender)["pipeline"]
    endpoint = Endpoint("http://127.0.0.1:1", dict.fromkeys(manifest.secrets, "x"))
    assert load_driver(manifest.name, manifest.folder)(endpoint)


@pytest.mark.parametrize("pattern", ["nothing-here/*.py", "9" * 250 + "é" * 5, "a**b", "[", "./"])
def test_a_pattern_without_files_is_refused(pattern: str) -> None:
    manifest = discover()[0]
    asking = manifest.model_copy(update={"code": manifest.code.model_copy(update={"config": [pattern]})})
    with pytest.raises(ManifestError, match=r"code\.config: .* matches no file"):
        count_source_lines(Contender(asking, "defaults"))


def test_an_unknown_language_is_counted_like_a_script(tmp_path: Path) -> None:
    (tmp_path / "flow.smk").write_text("# a comment\n\nrule all:\n    input: 1\n")
    assert source_lines(tmp_path / "flow.smk") == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\1", "not UTF-8 text"),
        (b"# \xe9\n", "not UTF-8 text"),
        (b"# Generated by me; do not edit\n", "pygount reports gen"),
    ],
)
def test_files_that_cannot_be_counted_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "picture.bin").write_bytes(content)
    with pytest.raises(ManifestError, match=f"picture.bin: cannot count its lines.*{words}"):
        source_lines(tmp_path / "picture.bin")


def test_the_harness_names_no_orchestrator() -> None:
    names = PUBLISHED - {BASELINE.name}
    assert names
    for path in (REPOSITORY / "harness").rglob("*.py"):
        words = set(re.findall(r"\w+", path.read_text().lower()))
        assert not words.intersection(names), path
