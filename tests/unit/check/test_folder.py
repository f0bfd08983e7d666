"""Broken folders: each fault is named with its place and what to change."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.check.checklist import CHECKS, FILES
from harness.check.examination import Examination
from harness.check.subject import Subject
from harness.check.verdict import Outcome, Verdict
from harness.orchestrators.discovery import discover
from harness.paths import PIPELINES

STATIC = [check.name for check in FILES]


def examined(folder: Path, profile: str = "defaults") -> Callable[[str], Verdict]:
    return Examination(CHECKS, Subject(folder, profile), folder).verdict


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PIPELINES / "plain", tmp_path / "plain", ignore=shutil.ignore_patterns("__pycache__")))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text, f"{path} is written otherwise now"
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
@pytest.mark.parametrize("name", STATIC)
def test_every_committed_folder_passes(manifest, name: str) -> None:
    for profile in manifest.profiles:
        verdict = examined(manifest.folder, profile)(name)
        assert (verdict.outcome, verdict.faults) == (Outcome.PASSED, ())


@pytest.mark.parametrize(
    "name", ["requirements.in", "requirements.lock", "serve", "driver.py", "orchestrator.toml", "NOTES.md"]
)
def test_a_missing_file_is_named_with_what_writes_it(plain: Path, name: str) -> None:
    (plain / name).unlink()
    (fault,) = examined(plain)("files").faults
    assert fault.what == f"{plain / name} is missing"
    assert fault.hint


LOCK, MANIFEST, DRIVER, SERVE = "requirements.lock", "orchestrator.toml", "driver.py", "serve"
SETTING = """
[profiles.defaults.settings.TOOL_MODE]
value = "1"
reason = "why not"
docs = "{}"
"""
BROKEN = [
    ("files", SERVE, "#!/bin/sh", "# no", "serve, line 1: names no interpreter"),
    ("manifest", MANIFEST, "port = 8000", 'port = "http"', "port: Input should be a valid integer"),
    ("manifest", MANIFEST, "port = 8000", 'port = "http"', "(line 6)"),
    ("manifest", MANIFEST, "trial_s = 4", "", "profiles.defaults.trial_s: Field required (line 12)"),
    (
        "manifest",
        MANIFEST,
        "port = 8000",
        'port = 8000\nsecrets = ["9"]',
        "pattern '^[A-Za-z_][A-Za-z0-9_]*$' (line 7)",
    ),
    ("manifest", MANIFEST, "port = 8000", "port 8000", "not valid TOML"),
    ("manifest", MANIFEST, 'unit_test = "https://docs.pytest.org/en/stable/getting-started.html"', "", "is never run"),
    ("manifest", MANIFEST, "[code]", SETTING.format("no link") + "[code]", "settings.TOOL_MODE.docs: Input should be"),
    ("links", MANIFEST, "[code]", SETTING.format("https://tool.dev") + "[code]", "is the front page of a site"),
    ("links", MANIFEST, "[code]", SETTING.format("https://example.org/x") + "[code]", "is nobody's page"),
    ("links", MANIFEST, "[code]", SETTING.format("https://localhost/x") + "[code]", "is nobody's page"),
    (
        "links",
        MANIFEST,
        "port = 8000",
        'port = 8000\nguarded = "https://example.org/x"',
        "guarded: https://example.org/x",
    ),
    ("manifest", MANIFEST, "plain/retry.py", "plain/gone_*.py", "'pipelines/plain/gone_*.py' matches no file"),
    ("code", MANIFEST, '"pipelines/plain/retry.py"', '"pipelines/plain/noop.py"', "plain/noop.py is counted"),
    ("code", MANIFEST, '["pipelines/plain/etl.py", "pipelines/plain/retry.py"]', "[]", "no line of a pipeline"),
    ("lock", LOCK, "    --hash=sha256:67f4", "    --hash=sha256:zzz4", "requirements.lock, line 4: 'sha256:zzz4"),
    ("lock", LOCK, "iniconfig==2.3.1", "iniconfig>=2.3.1", "requirements.lock, line 3: 'iniconfig>=2.3.1"),
    ("lock", LOCK, "polars==1.30.0", "polars==1.29.0", "polars 1.29.0 is not what "),
    ("lock", LOCK, "psycopg-binary==", "binary==", ""),
    ("lock", MANIFEST, 'package = "polars"', 'package = "pandas"', "does not pin 'pandas'"),
    ("lock", "requirements.in", "-r ", "huey>=2\n-r ", "does not pin huey, which "),
    ("driver", DRIVER, "def attempts(", "def tries(", "class Driver lacks the method attempts(run)"),
    (
        "driver",
        DRIVER,
        "def trigger(self, workload: str, parameters",
        "def trigger(self, parameters",
        "expected trigger(",
    ),
    ("driver", DRIVER, "self._http = client(endpoint.url)", "self._http = endpoint.port", "(driver.py, line 13)"),
    ("driver", DRIVER, 'return self._http.get("/health").is_success', "return True", "where nothing listens"),
    (
        "driver",
        DRIVER,
        'return self._http.get("/health").is_success',
        "return {}",
        "driver.py, line 15: ready returned",
    ),
    ("manifest", MANIFEST, "[unsupported.cancelled]", "[unsupported.bored]", "unsupported.bored: no such thing"),
    ("filled-in", "etl.py", "from retry", "# NEXT: your own\nfrom retry", "etl.py, line 3: NEXT: your own"),
    ("secrets", "etl.py", "from retry", "URL = 'postgresql://me:hunter2@host/db'\nfrom retry", "line 3: a password in"),
    (
        "secrets",
        "etl.py",
        "from retry",
        "KEY = '''-----BEGIN RSA PRIVATE KEY-----\nfrom retry",
        "etl.py, line 3: a private",
    ),
]


@pytest.mark.parametrize(("check", "file", "before", "after", "words"), BROKEN)
def test_what_is_broken_is_named(plain: Path, check: str, file: str, before: str, after: str, words: str) -> None:
    change(plain / file, before, after)
    verdict = examined(plain)(check)
    if words:
        assert verdict.outcome == Outcome.FAILED
        assert all(fault.hint for fault in verdict.faults)
        assert any(words in fault.what and str(plain) in fault.what for fault in verdict.faults), verdict.faults
