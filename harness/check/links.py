"""Checks of a manifest's links: their addresses, and whether their pages exist."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
from pydantic import HttpUrl

from harness.check.verdict import Fault, NotAsked
from harness.orchestrators.manifest import MANIFEST, Manifest

_NOWHERE = ("example.com", "example.org", "example.net", "localhost")
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
"""The status of a missing page. Any other error may mean that the site rejects programs."""
_KNOWN = "https://www.python.org/?"
"""A page that exists. The question mark distinguishes it from a manifest's link to it."""
_LIMIT_S = 10.0
_AT_ONCE = 16


def links(manifest: Manifest) -> Iterator[Fault]:
    """Check that every link has the address of a documentation page, without opening it."""
    path = manifest.folder / MANIFEST
    for field, url in _links(manifest):
        host = url.host or ""
        if "." not in host or host.endswith(_NOWHERE) or host.endswith((".invalid", ".example", ".test")):
            yield Fault(f"{path}: {field}: {url} is not a real page", "link to the documentation")
        elif field.endswith(".docs") and (url.path or "/") == "/" and not url.fragment:
            yield Fault(
                f"{path}: {field}: {url} is the front page of a site", "link to the page that documents this setting"
            )


def pages(manifest: Manifest) -> Iterator[Fault]:
    """Check that no link is dead. Raises `NotAsked` if no page at all can be opened.

    A response does not prove a network, because a package mirror or a firewall may respond for a site.
    """
    fields: dict[str, str] = {}
    for field, url in _links(manifest):
        fields.setdefault(str(url).partition("#")[0], field)
    with _client() as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [*fields, _KNOWN]
        answers = dict(zip(asked, pool.map(lambda url: _answer(client, url), asked), strict=True))
    if not any(isinstance(answer, int) and answer < httpx.codes.BAD_REQUEST for answer in answers.values()):
        raise NotAsked(f"not checked, because none of its {len(fields)} pages can be opened (no network?)")
    del answers[_KNOWN]
    hint = "use a link that a reader can open"
    for page, answer in answers.items():
        where = f"{manifest.folder / MANIFEST}: {fields[page]}: {page}"
        if isinstance(answer, httpx.ConnectError):
            yield Fault(f"{where} has an unreachable host, although others are reachable", hint)
        elif answer in _GONE:
            yield Fault(f"{where} does not exist: HTTP {answer}", hint)


def _client() -> httpx.Client:
    try:
        return httpx.Client(follow_redirects=True, timeout=_LIMIT_S)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # A configured proxy is unusable.
        raise NotAsked(f"not checked: {error}") from error


def _answer(client: httpx.Client, url: str) -> int | Exception:
    """Return the status of a page, or the error."""
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
