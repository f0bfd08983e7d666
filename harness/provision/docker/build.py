"""Builds one image with the classic builder, unless its label has the digest of all its inputs."""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from docker.errors import NotFound
from docker.models.images import Image

from harness.paths import REPOSITORY
from harness.provision.built import BUILD_LIMIT_S, BuildError, Built, Install, Say
from harness.provision.commands import last_lines, note
from harness.provision.docker.engine import client, engine_answers, is_loopback
from harness.provision.sources import content_sha256, demand_unix_lines, is_program

INPUTS = "orchbench.inputs"
"""The label of every image of ours: the digest of all that went into it."""


@dataclass(frozen=True)
class Recipe:
    """What an image is made of: a Dockerfile, files of the repository, arguments, and the digest of its base."""

    name: str
    dockerfile: Path
    base: str
    files: list[Path] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def inputs_sha256(self) -> str:
        """The digest of all inputs: paths, contents and executable bits."""
        return hashlib.sha256(f"{self.base}\n{content_sha256(self.context)}".encode()).hexdigest()

    @property
    def context(self) -> dict[str, Path]:
        """What the builder sees: just these files, under their paths in the repository."""
        return {path.relative_to(REPOSITORY).as_posix(): path for path in [self.dockerfile, *self.files]}


def archive(files: Mapping[str, Path]) -> io.BytesIO:
    """Return an uncompressed tar of files under the paths that they will have."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, path in files.items():
            member = tar.gettarinfo(path, arcname=name)
            # The owner and the clock of a checkout are no reason to build again.
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = 0
            member.mode = 0o755 if is_program(path) else 0o644
            with path.open("rb") as content:
                tar.addfile(member, content)
    buffer.seek(0)
    return buffer


def find(name: str, label: str, digest: str) -> Image | None:
    """Return an image, if it is there and its label says that it was made from exactly this."""
    with engine_answers():
        try:
            image = client().images.get(name)
        except NotFound:
            return None
    return image if image.labels.get(label) == digest else None


def built(image: Image, inputs_sha256: str, install: Install | None = None) -> Built:
    """Return an image as the protocol of isolations knows it."""
    return Built(image.id or "", inputs_sha256, image.attrs["Size"], install)


def build(recipe: Recipe, say: Say) -> Built:
    """Build an image, if it is not current. Raises `BuildError` with its last lines, and `LineEndError`."""
    if image := find(recipe.name, INPUTS, recipe.inputs_sha256):
        return built(image, recipe.inputs_sha256)
    demand_unix_lines([recipe.dockerfile, *recipe.files])
    output: list[str] = []
    with engine_answers(f"{recipe.name}: the image could not be built", kind=BuildError):
        for message in client().api.build(
            fileobj=archive(recipe.context),
            custom_context=True,
            dockerfile=str(recipe.dockerfile.relative_to(REPOSITORY)),
            tag=recipe.name,
            buildargs={**proxies(), **recipe.arguments},
            use_config_proxy=True,
            labels={INPUTS: recipe.inputs_sha256},
            network_mode=download_network(),
            rm=True,
            forcerm=True,
            decode=True,
            timeout=BUILD_LIMIT_S,
        ):
            output.append(message.get("stream", "").strip())
            note(recipe.name, output[-1])
            if step := re.match(r"Step (\d+)/(\d+) : ", output[-1]):
                say(f"{recipe.name}: building the image, step {step[1]}/{step[2]}")
            if "error" in message:
                words = last_lines("\n".join(output))
                raise BuildError(f"{recipe.name}: {message['error']}\n{words}")
        return built(client().images.get(recipe.name), recipe.inputs_sha256)


def proxies() -> dict[str, str]:
    """Return this process's proxy variables, for downloads only."""
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


def download_network() -> str | None:
    """Return the network mode in which a container reaches the proxies: a loopback is the host's own."""
    for name, address in proxies().items():
        # An invalid address names no host.
        with suppress(ValueError):
            host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
            if name.lower() != "no_proxy" and is_loopback(host):
                return "host"
    return None
