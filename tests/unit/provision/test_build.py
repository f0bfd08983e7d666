"""The files that are sent to a build and mounted into an install, whatever their modes are."""

import io
import json
import tarfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from engines import Engine

from harness.experiment.envelope import Envelope
from harness.orchestrators.discovery import discover, named
from harness.provision import run_folders
from harness.provision.built import BuildError, Built
from harness.provision.docker import build as building
from harness.provision.docker import images as imaging
from harness.provision.docker import install as installing
from harness.provision.docker.build import Recipe, build
from harness.provision.docker.engine import EngineError
from harness.provision.docker.images import ensure_orchestrator
from harness.provision.docker.install import time_install
from harness.provision.sources import LineEndError

CORPORATE = "http://proxy.corp.example:3128"


@pytest.fixture
def recipe(docker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A checkout of umask 077 that lost its executable bits, and an engine that refuses the files."""
    monkeypatch.setattr(building, "REPOSITORY", tmp_path)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, text in (("Dockerfile", "FROM base\n"), ("serve", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    docker.answers = {
        "GET /images/": (404, {"message": "none"}),
        "POST /build": (200, {"error": "as far as it should come"}),
    }
    return Recipe("x:1", tmp_path / "Dockerfile", "base", [tmp_path / "serve"])


def send(docker: Engine, recipe: Recipe) -> tuple[dict[str, str], dict[str, int]]:
    """Return the arguments of the build, and the mode of each file that was sent."""
    with pytest.raises(BuildError, match="as far as it should come"):
        build(recipe, print)
    (asked,) = docker.asked("POST /build")
    query = parse_qs(urlsplit(asked.path).query)
    with tarfile.open(fileobj=io.BytesIO(asked.body)) as context:
        modes = {member.name: member.mode for member in context}
    return json.loads(query.get("buildargs", ["{}"])[0]) | {"network": query.get("networkmode", [""])[0]}, modes


def test_every_user_can_read_files_that_were_private(docker: Engine, recipe: Recipe) -> None:
    _, modes = send(docker, recipe)
    assert modes == {"Dockerfile": 0o644, "serve": 0o755}


def test_a_build_that_downloads_takes_the_proxies(
    docker: Engine, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", CORPORATE)
    arguments, _ = send(docker, recipe)
    assert arguments["HTTPS_PROXY"] == CORPORATE


def test_a_proxy_on_this_hosts_loopback_is_reached(
    docker: Engine, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    arguments, _ = send(docker, recipe)
    assert arguments["network"] == "host"


def test_a_proxy_does_not_stay_in_an_orchestrators_image(
    docker: Engine, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", CORPORATE)
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": {"httpProxy": CORPORATE}}}))
    docker.answers["POST /containers/create"] = (500, {"message": "as far as it should come"})
    (baseline, *_) = discover()
    monkeypatch.setattr(imaging, "fetch", lambda *_: None)
    monkeypatch.setattr(imaging, "ensure_base", lambda _say: Built("base", "0" * 64, 0))
    with pytest.raises(EngineError, match="as far as it should come"):
        ensure_orchestrator(baseline, Envelope(), print)
    (asked,) = docker.asked("POST /containers/create")
    assert CORPORATE.encode() not in asked.body
    assert b"proxy" not in asked.body.lower()
    assert asked.json()["HostConfig"]["NetworkMode"] == "none"
    assert (asked.json()["HostConfig"]["NanoCpus"], asked.json()["HostConfig"]["Memory"]) == (2e9, 4 * 2**30)


def test_windows_line_ends_are_refused_before_the_build(docker: Engine, recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "serve").write_bytes(b"#!/bin/sh\r\n")
    with pytest.raises(LineEndError, match="serve has Windows line endings"):
        build(recipe, print)
    assert docker.asked("POST /build") == []


def test_an_engine_that_fails_is_a_failed_build(docker: Engine, recipe: Recipe) -> None:
    docker.answers["POST /build"] = (500, {"message": "no space left on device"})
    with pytest.raises(BuildError, match="no space left on device"):
        build(recipe, print)


def test_an_install_can_read_files_that_were_private(
    docker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, int] = {}

    def create(_path: str) -> tuple[int, object]:
        mounts = docker.asked("POST /containers/create")[-1].json()["HostConfig"]["Mounts"]
        (inputs,) = (Path(each["Source"]) for each in mounts if each["Target"] == "/inputs")
        seen.update({path.name: path.stat().st_mode & 0o777 for path in (inputs, *inputs.iterdir())})
        return 500, {"message": "as far as it should come"}

    for name in ("install", "requirements.lock"):
        (tmp_path / name).touch(0o600)
    (manifest,) = named(["plain"])
    manifest = manifest.model_copy(update={"folder": tmp_path})
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / ".run")
    monkeypatch.setattr(installing, "COMPOSE", tmp_path)
    monkeypatch.setattr(installing, "fetch", lambda *_, **__: None)
    docker.answers = {"POST /containers/create": create}
    with pytest.raises(BuildError, match="as far as it should come"):
        time_install(manifest, Envelope())
    assert seen.pop("install") == seen.pop("requirements.lock") == 0o755
    assert list(seen.values()) == [0o755]
    assert list((tmp_path / ".run").iterdir()) == []
