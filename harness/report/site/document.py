"""A document's Markdown as HTML, with the anchors that GitHub gives to headings. Knows nothing of where links lead."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NO_ANCHOR = re.compile(r"[^\w\- ]")
"""What GitHub leaves out of an anchor."""


@dataclass(frozen=True)
class Document:
    """The words of the first heading, empty without one, and the whole as HTML."""

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
    """Return the words of a heading without its marks."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
