"""Demands on the links of a manifest: what their addresses look like, and whether their pages are there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
from pydantic import HttpUrl

from harness.check.verdict import Fault, NotAsked
from harness.orchestrators.manifest import MANIFEST, Manifest

_NOWHERE = ("example.com", "example.org", "example.net", "localhost")
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
"""What a page says that is not there. Any other answer may mean that programs are not welcome."""
_KNOWN = "https://www.python.org/?"
"""A page that is there; the mark keeps it apart from a link to it."""
_LIMIT_S = 10.0
_AT_ONCE = 16


def links(manifest: Manifest) -> Iterator[Fault]:
    """Look that every link of the manifest has the address of a page of somebody's documentation; asks no page."""
    path = manifest.folder / MANIFEST
    for field, url in _links(manifest):
        host = url.host or ""
        if "." not in host or host.endswith(_NOWHERE) or host.endswith((".invalid", ".example", ".test")):
            yield Fault(f"{path}: {field}: {url} is nobody's page", "put the link of the documentation there")
        elif field.endswith(".docs") and (url.path or "/") == "/" and not url.fragment:
            yield Fault(
                f"{path}: {field}: {url} is the front page of a site", "link the page that documents this one thing"
            )


def pages(manifest: Manifest) -> Iterator[Fault]:
    """Look that no link leads to a page that is not there. Raises `NotAsked` where no page at all can be opened.

    An answer alone proves no network: a mirror of packages, or a firewall, may answer in a site's name.
    """
    fields: dict[str, str] = {}
    for field, url in _links(manifest):
        fields.setdefault(str(url).partition("#")[0], field)
    with _client() as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [*fields, _KNOWN]
        answers = dict(zip(asked, pool.map(lambda url: _answer(client, url), asked), strict=True))
    if not any(isinstance(answer, int) and answer < httpx.codes.BAD_REQUEST for answer in answers.values()):
        raise NotAsked(f"not checked, for none of its {len(fields)} pages can be opened here: is there a network?")
    del answers[_KNOWN]
    hint = "put the link of a page there that a reader can open"
    for page, answer in answers.items():
        where = f"{manifest.folder / MANIFEST}: {fields[page]}: {page}"
        if isinstance(answer, httpx.ConnectError):
            yield Fault(f"{where} has a host that cannot be reached, and others can", hint)
        elif answer in _GONE:
            yield Fault(f"{where} is not there: HTTP {answer}", hint)


def _client() -> httpx.Client:
    try:
        return httpx.Client(follow_redirects=True, timeout=_LIMIT_S)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # By a proxy of this host's that no request can be sent through.
        raise NotAsked(f"not checked: {error}") from error


def _answer(client: httpx.Client, url: str) -> int | Exception:
    """Return the status that a page is answered with, or why there was no answer."""
    try:
        with client.stream("GET", url) as response:
            return response.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return error


def _links(manifest: Manifest) -> Iterator[tuple[str, HttpUrl]]:
    yield "homepage", manifest.homepage
    if manifest.unit_test:
        yield "unit_test", manifest.unit_test
    if manifest.guarded:
        yield "guarded", manifest.guarded
    for name, unsupported in manifest.unsupported.items():
        yield f"unsupported.{name}.docs", unsupported.docs
    for profile, values in manifest.profiles.items():
        for name, setting in values.settings.items():
            yield f"profiles.{profile}.settings.{name}.docs", setting.docs
