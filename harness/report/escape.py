"""Escapes names and errors for markdown, so that none becomes markup."""

import re

_MARKUP = re.compile(r"\\|[*_~<>|&]|(?<=\])\(")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "|": "&#124;", "&": "&amp;"}


def escaped(words: str) -> str:
    """Return words as one line of markdown that shows them unchanged. Text between backticks stays code."""
    flat = " ".join(words.split())
    parts = flat.split("`")
    if len(parts) % 2 == 0:
        # A single backtick opens no code.
        return _plain(flat.replace("`", "'"))
    return "".join(f"`{part.replace('|', '/')}`" if odd % 2 else _plain(part) for odd, part in enumerate(parts))


def _plain(words: str) -> str:
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), words)
