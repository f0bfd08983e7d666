"""No secret lies in what a stack is built from: in the code that goes into it, or in what its image tells of itself."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harness.check.verdict import Fault
from harness.isolation.package_index import index_url
from harness.orchestrators.manifest import MANIFEST, Manifest

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_IN_A_URL = re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@'\"$%{}<>]*:([^\s:/@'\"$%{}<>]+)@", re.IGNORECASE)
"""A password in a URL; one that a variable fills in is none."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_VARIABLE = "let `serve` find it in a variable: name it in the manifest's `secrets`, and it is made anew for each stack"


def in_code(manifest: Manifest, files: Mapping[str, Path]) -> Iterator[Fault]:
    """Look for passwords and keys in the files that go into a stack."""
    texts = {path: path.read_text(errors="replace") for path in [*files.values(), manifest.folder / MANIFEST]}
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if _PRIVATE_KEY.search(line):
                yield Fault(f"{path}, line {number}: a private key", _VARIABLE)
            elif _IN_A_URL.search(line):
                yield Fault(f"{path}, line {number}: a password in a URL", _VARIABLE)
            elif any(_given(name, line) for name in manifest.secrets):
                yield Fault(f"{path}, line {number}: a value for a variable of the manifest's `secrets`", _VARIABLE)


def in_image(told: Sequence[str], credentials: Mapping[str, str]) -> Iterator[Fault]:
    """Look for passwords of this machine in what an image tells of itself; `credentials` by what holds them."""
    for words in told:
        for whose, secret in credentials.items():
            if secret in words:
                yield Fault(
                    f"its image holds the password of {whose}: {words.replace(secret, '…')[:120]}",
                    "orchbench clean --images, and leave the password out of what is built",
                )
        if _PRIVATE_KEY.search(words) or _IN_A_URL.search(words):
            yield Fault(f"its image tells of a secret: {words.split('=')[0][:60]}", "orchbench clean --images")


def credentials_here() -> dict[str, str]:
    """Return the passwords that this machine's downloads use, by what holds them."""
    urls = {"the package index": index_url()}
    urls |= {name: os.environ.get(name) or os.environ.get(name.lower(), "") for name in _PROXIES}
    passwords = {whose: urlsplit(url).password for whose, url in urls.items() if url}
    return {whose: unquote(password) for whose, password in passwords.items() if password}


def _given(name: str, line: str) -> bool:
    """Whether a line gives a variable a value that is written down, and not another variable's."""
    given = re.search(rf"\b{re.escape(name)}\b[\"']?\s*[=:]\s*[\"']?([^\s\"'#]+)", line)
    return given is not None and not given[1].startswith(("$", "%", "{", "os.", "getenv", "env"))
