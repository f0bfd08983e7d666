"""The base of every image: Debian bookworm, pulled where a registry answers, else made by mmdebstrap."""

import shutil
import tempfile
from pathlib import Path

import stamina
from docker import DockerClient
from docker.errors import NotFound

from harness.in_time import OutOfTime, in_time
from harness.isolation.docker.build import Recipe, build
from harness.isolation.docker.engine import ENGINE_FAILS, client, engine_answers, users_login
from harness.isolation.installers import run_build
from harness.isolation.protocol import BUILD_LIMIT_S, BuildError, Built, Say
from harness.paths import COMPOSE

ROOTFS = "orchbench/rootfs:bookworm"
BASE = "orchbench/base:bookworm"
DEBIAN = "debian:bookworm-slim"
_TRIES = 3


def ensure_base(say: Say) -> Built:
    """Build the base image where it is missing or outdated. Raises `BuildError`."""
    _ensure_rootfs(say)
    return build(base_recipe(), say)


def base_recipe() -> Recipe:
    """Return what the base image is made of."""
    return Recipe(BASE, COMPOSE / "base.Dockerfile", base=ROOTFS, arguments={"ROOTFS": ROOTFS})


def _ensure_rootfs(say: Say) -> None:
    """Tag Debian bookworm as our root file system."""
    engine = client()
    with engine_answers():
        try:
            engine.images.get(ROOTFS)
            return
        except NotFound:
            say(f"base: pulling {DEBIAN}")
    own = users_login()
    refusal = _pull_in_time(engine, own)
    if refusal and own:
        # Debian is for everyone: a login that is no longer good must not stand in the way.
        refusal = _pull_in_time(engine, {})
    if not refusal:
        with engine_answers():
            engine.images.get(DEBIAN).tag(ROOTFS)
        return
    try:
        _bootstrap_rootfs(say)
    except BuildError as error:
        raise BuildError(f"{DEBIAN} could not be pulled ({refusal}), nor made: {error}", remedy=error.remedy) from error


def _pull_in_time(engine: DockerClient, login: dict[str, str]) -> str:
    try:
        return in_time(BUILD_LIMIT_S, lambda: _pull(engine, login))
    except OutOfTime:
        return f"it was not there in {BUILD_LIMIT_S} s"


def _pull(engine: DockerClient, login: dict[str, str]) -> str:
    """Pull Debian's image; return why that was refused, empty where it was not."""
    try:
        for message in engine.api.pull(DEBIAN, stream=True, decode=True, auth_config=login):
            if "error" in message:
                return str(message["error"])
    except ENGINE_FAILS as error:
        return str(getattr(error, "explanation", None) or error)
    return ""


def _bootstrap_rootfs(say: Say) -> None:
    if shutil.which("mmdebstrap") is None:
        raise BuildError("mmdebstrap is missing", remedy="sudo apt-get install mmdebstrap")
    say("base: making Debian bookworm with mmdebstrap")
    command = ["mmdebstrap", "--variant=minbase", "--aptopt=Acquire::Retries 5"]
    packages = "--include=python3,python3-venv,tini,ca-certificates,procps"
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "rootfs.tar"
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                run_build([*command, packages, "bookworm", str(archive)], BASE)
        repository, tag = ROOTFS.split(":")
        with engine_answers(f"the engine does not take {ROOTFS}"):
            client().api.import_image_from_file(str(archive), repository=repository, tag=tag)
