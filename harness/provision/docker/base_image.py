"""The base of every image: Debian bookworm, pulled if a registry responds, or else created by mmdebstrap."""

import shutil
import tempfile
from pathlib import Path

import stamina
from docker import DockerClient
from docker.errors import NotFound

from harness.in_time import in_time
from harness.paths import COMPOSE
from harness.provision.built import BUILD_LIMIT_S, BuildError, Built, Say
from harness.provision.docker.build import Recipe, build
from harness.provision.docker.engine import ENGINE_FAILS, client, engine_answers, reason_of
from harness.provision.installers import run_build

ROOTFS = "orchbench/rootfs:bookworm"
BASE = "orchbench/base:bookworm"
DEBIAN = "debian:bookworm-slim"
_TRIES = 3


def ensure_base(say: Say) -> Built:
    """Build the base image if it is missing or outdated. Raises `BuildError`."""
    _ensure_rootfs(say)
    return build(base_recipe(), say)


def base_recipe() -> Recipe:
    """Return the recipe of the base image."""
    return Recipe(BASE, COMPOSE / "base.Dockerfile", base=ROOTFS, arguments={"ROOTFS": ROOTFS})


def _ensure_rootfs(say: Say) -> None:
    """Tag Debian bookworm as our root file system."""
    engine = client()
    with engine_answers():
        try:
            engine.images.get(ROOTFS)
            return
        except NotFound:
            say(f"base image: pulling {DEBIAN}")
    if not (refusal := _pull(engine)):
        with engine_answers():
            engine.images.get(DEBIAN).tag(ROOTFS)
        return
    try:
        _bootstrap_rootfs(say)
    except BuildError as error:
        words = f"cannot pull {DEBIAN} ({refusal}), and cannot create it: {error}"
        raise BuildError(words, remedy=error.remedy) from error


def _pull(engine: DockerClient) -> str:
    """Pull Debian's image, which needs no login. Return the reason of a failure, or an empty string."""

    def pull() -> str:
        messages = engine.api.pull(DEBIAN, stream=True, decode=True, auth_config={})
        return next((str(message["error"]) for message in messages if "error" in message), "")

    try:
        return in_time(BUILD_LIMIT_S, pull)
    except ENGINE_FAILS as error:
        return reason_of(error)


def _bootstrap_rootfs(say: Say) -> None:
    if shutil.which("mmdebstrap") is None:
        raise BuildError("mmdebstrap is missing", remedy="sudo apt-get install mmdebstrap")
    say("base image: creating Debian bookworm with mmdebstrap")
    command = ["mmdebstrap", "--variant=minbase", "--aptopt=Acquire::Retries 5"]
    packages = "--include=python3,python3-venv,tini,ca-certificates,procps"
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "rootfs.tar"
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                run_build([*command, packages, "bookworm", str(archive)], BASE)
        repository, tag = ROOTFS.split(":")
        with engine_answers(f"the Docker engine could not import {ROOTFS}"):
            client().api.import_image_from_file(str(archive), repository=repository, tag=tag)
