"""Rewrites the links of a page from the repository's files to their pages on the site."""

import posixpath
import re
from collections.abc import Callable

Place = Callable[[str], str | None]
"""Returns the path on the site for a path in the repository, or `None`. Both are relative to their roots."""
_TAG = re.compile(r"<(?:a|img|source)\s[^>]*>")
_LINK = re.compile(r'\s(href|src|srcset)="([^"]*)"')
_OPEN = re.compile(r"<code>orchbench open ([\w./-]+)</code>")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.IGNORECASE)
"""The beginning of a link to another site or within the same page."""


def relinked(html: str, folder: str, place: Place) -> str:
    """Return the HTML of a page with links that work on the site. Its folder is the same in both trees.

    Links to files that the site does not show are removed. A command that opens a result links to the result's page.
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
