"""Checks that a stack's code and its image's metadata contain no secret."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from harness.check.subject import Subject
from harness.check.verdict import Fault, NotAsked, check
from harness.orchestrators.manifest import MANIFEST
from harness.provision.installers import index_url
from harness.provision.sources import code_of

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_IN_A_URL = re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@'\"$%{}<>]*:([^\s:/@'\"$%{}<>]+)@", re.IGNORECASE)
"""A password in a URL. A variable's reference is none."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_VARIABLE = "read it from a variable: name it in the manifest's `secrets`, and each stack gets a new one"


@check("manifest")
def secrets(it: Subject) -> Iterator[Fault]:
    """The code contains no password."""
    for path in (*code_of(it.manifest).values(), it.folder / MANIFEST):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if _PRIVATE_KEY.search(line):
                yield Fault(f"{path}, line {number}: a private key", _VARIABLE)
            elif _IN_A_URL.search(line):
                yield Fault(f"{path}, line {number}: a password in a URL", _VARIABLE)
            elif any(_given(name, line) for name in it.manifest.secrets):
                yield Fault(f"{path}, line {number}: a value for a variable of the manifest's `secrets`", _VARIABLE)


@check("build")
def image(it: Subject) -> Iterator[Fault]:
    """No image layer contains a secret."""
    told = it.context.isolation.told_by_built(it.manifest)
    if not told:
        raise NotAsked("only images have layers (docs/method/isolation.md)")
    yield from in_image(told, credentials_here())


def in_image(told: Sequence[str], credentials: Mapping[str, str]) -> Iterator[Fault]:
    """Look for passwords of this machine in an image's metadata. `credentials` maps owners to passwords."""
    for words in told:
        for whose, secret in credentials.items():
            if secret in words:
                yield Fault(
                    f"the image contains the password of {whose}: {words.replace(secret, '…')[:120]}",
                    "run `orchbench clean --images`, and keep the password out of the build",
                )
        if _PRIVATE_KEY.search(words) or _IN_A_URL.search(words):
            yield Fault(f"the image contains a secret: {words.split('=')[0][:60]}", "run `orchbench clean --images`")


def credentials_here() -> dict[str, str]:
    """Return the passwords that this machine's downloads use, by their owner."""
    urls = {"the package index": index_url()}
    urls |= {name: os.environ.get(name) or os.environ.get(name.lower(), "") for name in _PROXIES}
    passwords = {whose: urlsplit(url).password for whose, url in urls.items() if url}
    return {whose: unquote(password) for whose, password in passwords.items() if password}


def _given(name: str, line: str) -> bool:
    """Whether a line gives a variable a literal value instead of another variable's."""
    given = re.search(rf"\b{re.escape(name)}\b[\"']?\s*[=:]\s*[\"']?([^\s\"'#]+)", line)
    return given is not None and not given[1].startswith(("$", "%", "{", "os.", "getenv", "env"))
