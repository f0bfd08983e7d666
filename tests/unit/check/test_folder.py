"""Broken folders: each fault is named with its place and a fix."""

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.check import links
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
def test_a_missing_file_is_named_with_the_command_that_writes_it(plain: Path, name: str) -> None:
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
    ("manifest", MANIFEST, "port = 8000", 'port = "http"', "port: Input should be a valid integer"),
    ("manifest", MANIFEST, "trial_s = 4", "", "profiles.defaults.trial_s: Field required"),
    (
        "manifest",
        MANIFEST,
        "port = 8000",
        'port = 8000\nsecrets = ["9"]',
        "pattern '^[A-Za-z_][A-Za-z0-9_]*$'",
    ),
    ("manifest", MANIFEST, "port = 8000", "port 8000", "not valid TOML"),
    ("manifest", MANIFEST, 'unit_test = "https://docs.pytest.org/en/stable/getting-started.html"', "", "never runs"),
    ("manifest", MANIFEST, "[code]", SETTING.format("no link") + "[code]", "settings.TOOL_MODE.docs: Input should be"),
    ("links", MANIFEST, "[code]", SETTING.format("https://tool.dev") + "[code]", "is the front page of a site"),
    ("links", MANIFEST, "[code]", SETTING.format("https://example.org/x") + "[code]", "is not a real page"),
    ("links", MANIFEST, "[code]", SETTING.format("https://localhost/x") + "[code]", "is not a real page"),
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
    ("code", MANIFEST, '"pipelines/plain/etl.py", ', '"pipelines/plain/*.py", ', "plain/noop.py is counted"),
    ("code", MANIFEST, '"pipelines/plain/etl.py", ', '"pipelines/plain/*.py", ', "as pipeline and as server"),
    ("code", MANIFEST, '"pipelines/plain/etl.py", ', '"pipelines/reference/etl.py", ', "reference/etl.py is counted"),
    ("code", MANIFEST, 'server = ["pipelines/plain/server.py"]', "", "plain/server.py is not counted"),
    ("notes", "NOTES.md", "(orchestrator.toml)", "(gone.toml)", "the link to gone.toml is dead"),
    ("notes", "NOTES.md", "(orchestrator.toml)", "(etl.py)", "does not link to the manifest"),
    ("lock", LOCK, "    --hash=sha256:67f4", "    --hash=sha256:zzz4", "requirements.lock, line 4: 'sha256:zzz4"),
    ("lock", LOCK, "iniconfig==2.3.1", "iniconfig>=2.3.1", "requirements.lock, line 3: 'iniconfig>=2.3.1"),
    ("lock", LOCK, "polars==1.30.0", "polars==1.29.0", "polars 1.29.0 is not what "),
    ("lock", LOCK, "psycopg-binary==", "binary==", ""),
    ("lock", MANIFEST, 'package = "polars"', 'package = "pandas"', "does not pin 'pandas'"),
    ("lock", "requirements.in", "-r ", "huey>=2\n-r ", "does not pin huey, which "),
    ("lock", "requirements.in", "-r ", "--no-binary :all:\n-r ", "'--no-binary :all:' is an option"),
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
        "driver.py, line 15: `ready` returned {}",
    ),
    ("manifest", MANIFEST, "[unsupported.cancelled]", "[unsupported.bored]", "unsupported.bored: unknown name"),
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
def test_a_fault_is_named(plain: Path, check: str, file: str, before: str, after: str, words: str) -> None:
    change(plain / file, before, after)
    verdict = examined(plain)(check)
    if words:
        assert verdict.outcome == Outcome.FAILED
        assert all(fault.hint for fault in verdict.faults)
        assert any(words in fault.what and str(plain) in fault.what for fault in verdict.faults), verdict.faults


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("flow.smk", "plain/flow.smk is not counted"),
        ("workflow/Snakefile", "plain/workflow/Snakefile is not counted"),
        ("tests_of_it.py", "plain/tests_of_it.py is not counted"),
        ("noop/Snakefile", ""),
        ("workflow/rules/guarded.smk", ""),
        ("tests/data/rows.py", ""),
        ("package/__init__.py", ""),
        ("README.md", ""),
    ],
)
def test_a_file_without_a_category_is_named_unless_its_name_explains_it(plain: Path, file: str, words: str) -> None:
    content = {"package/__init__.py": "", "README.md": "# Words\n"}.get(file, "rule = 1\n")
    (plain / file).parent.mkdir(parents=True, exist_ok=True)
    (plain / file).write_text(content)
    found = [fault.what for fault in examined(plain)("code").faults]
    assert len(found) == bool(words)
    assert all(words in each for each in found)


@contextmanager
def served(statuses: dict[str, int]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[self.path.partition("?")[0]])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_dead_links_are_reported_if_others_answer(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/page"
    with served({"/there": 200, "/gone": 404, "/no-programs": 403}) as address:
        pages = iter([f"{address}/gone", nowhere, f"{address}/no-programs"])
        text = (plain / MANIFEST).read_text()
        changed = re.sub(r'"https://[^"]*"', lambda _: f'"{next(pages, f"{address}/there")}"', text)
        (plain / MANIFEST).write_text(changed)
        verdict = examined(plain)("pages")
    gone, unreachable = (fault.what for fault in verdict.faults)
    assert f"homepage: {address}/gone does not exist: HTTP 404" in gone
    assert f"unit_test: {nowhere} has an unreachable host" in unreachable


def test_an_answer_in_the_name_of_a_site_is_no_network(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served({"/gone": 404}) as address:
        monkeypatch.setattr(links, "_KNOWN", f"{address}/gone?")
        text = (plain / MANIFEST).read_text()
        pages = iter([f"{address}/gone"])
        changed = re.sub(r'"https://[^"]*"', lambda _: f'"{next(pages, "http://127.0.0.1:9/page")}"', text)
        (plain / MANIFEST).write_text(changed)
        verdict = examined(plain)("pages")
    assert verdict.outcome == Outcome.NOT_ASKED
    assert "none of its 2 pages can be opened" in verdict.why


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "no address at all"])
def test_without_a_network_no_page_is_checked_and_the_check_says_so(
    plain: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    verdict = examined(plain)("pages")
    assert verdict.outcome == Outcome.NOT_ASKED
    assert verdict.why.startswith("not checked")
