"""Where the links of a page lead: from files of the repository to what shows them on the site."""

import posixpath
import re
from collections.abc import Callable

Place = Callable[[str], str | None]
"""Tells where on the site a path of the repository is shown, both from their roots; `None` for nowhere."""
_TAG = re.compile(r"<(?:a|img|source)\s[^>]*>")
_LINK = re.compile(r'\s(href|src|srcset)="([^"]*)"')
_OPEN = re.compile(r"<code>orchbench open ([\w./-]+)</code>")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.IGNORECASE)
"""How a link begins that leads to another site, or stays on its page."""


def relinked(html: str, folder: str, place: Place) -> str:
    """Return the HTML of a page in a folder, the same in repository and site, with links that work on the site.

    A link to what the site does not show is none. A command that opens a result leads to the page that it would open.
    """

    def way(shown: str) -> str:
        return posixpath.relpath(shown, folder or ".")

    def link(found: re.Match[str]) -> str:
        name, target = found.groups()
        if _ELSEWHERE.match(target):
            return found[0]
        path, mark, anchor = target.partition("#")
        shown = place(posixpath.normpath(posixpath.join(folder, path)))
        return "" if shown is None else f' {name}="{way(shown)}{mark}{anchor}"'

    def opened(found: re.Match[str]) -> str:
        shown = place(posixpath.normpath(found[1]))
        return found[0] if shown is None else f'<a href="{way(shown)}">{found[0]}</a>'

    return _OPEN.sub(opened, _TAG.sub(lambda tag: _LINK.sub(link, tag[0]), html))
