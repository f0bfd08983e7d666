"""Converts a document's Markdown to HTML, with GitHub's anchors for headings. It does not change links."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NO_ANCHOR = re.compile(r"[^\w\- ]")
"""Characters that GitHub removes from anchors."""


@dataclass(frozen=True)
class Document:
    """A document as HTML. Its title is the text of the first heading, or empty without one."""

    title: str
    html: str


def read_document(markdown: str) -> Document:
    """Return a document as HTML."""
    parser = _parser()
    tokens = parser.parse(markdown)
    titles: list[str] = []
    anchors: Counter[str] = Counter()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            title = _plain(inline)
            anchor = _NO_ANCHOR.sub("", title.lower()).replace(" ", "-")
            before = anchors[anchor]
            opening.attrSet("id", f"{anchor}-{before}" if before else anchor)
            anchors[anchor] += 1
            titles.append(title)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return Document(next(iter(titles), ""), html)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _plain(inline: Token) -> str:
    """Return the text of a heading without markup."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
