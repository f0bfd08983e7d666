"""Checks of a manifest's links: their addresses, and whether their pages exist."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
from pydantic import HttpUrl

from harness.check.subject import Subject
from harness.check.verdict import Fault, NotAsked, check
from harness.orchestrators.manifest import MANIFEST, Manifest

_NOWHERE = ("example.com", "example.org", "example.net", "localhost")
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
"""The status of a missing page. Any other error may mean that the site rejects programs."""
_KNOWN = "https://www.python.org/?"
"""A page that exists. The question mark distinguishes it from a manifest's link to it."""
_LIMIT_S = 10.0
_AT_ONCE = 16


@check("manifest")
def links(it: Subject) -> Iterator[Fault]:
    """Each link is a documentation page."""
    path = it.folder / MANIFEST
    for field, url in _links(it.manifest):
        host = url.host or ""
        if "." not in host or host.endswith(_NOWHERE) or host.endswith((".invalid", ".example", ".test")):
            yield Fault(f"{path}: {field}: {url} is not a real page", "link to the documentation")
        elif field.endswith(".docs") and (url.path or "/") == "/" and not url.fragment:
            what = f"{path}: {field}: {url} is the front page of a site"
            yield Fault(what, "link to the page that documents this setting")


@check("manifest")
def pages(it: Subject) -> Iterator[Fault]:
    """No link is dead.

    Raises `NotAsked` if no page at all can be opened. A response does not prove a network, because a package mirror or
    a firewall may respond for a site.
    """
    fields: dict[str, str] = {}
    for field, url in _links(it.manifest):
        fields.setdefault(str(url).partition("#")[0], field)
    with _client() as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [*fields, _KNOWN]
        answers = dict(zip(asked, pool.map(lambda url: _answer(client, url), asked), strict=True))
    if not any(isinstance(answer, int) and answer < httpx.codes.BAD_REQUEST for answer in answers.values()):
        raise NotAsked(f"not checked, because none of its {len(fields)} pages can be opened (no network?)")
    del answers[_KNOWN]
    hint = "use a link that a reader can open"
    for page, answer in answers.items():
        where = f"{it.folder / MANIFEST}: {fields[page]}: {page}"
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
    pages = {"homepage": manifest.homepage, "unit_test": manifest.unit_test, "guarded": manifest.guarded}
    yield from ((field, url) for field, url in pages.items() if url)
    for name, unsupported in manifest.unsupported.items():
        yield f"unsupported.{name}.docs", unsupported.docs
    for profile, values in manifest.profiles.items():
        for name, setting in values.settings.items():
            yield f"profiles.{profile}.settings.{name}.docs", setting.docs
