"""The templates of this room, with what they share: everything is escaped, and backticks are code."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent


@cache
def templates(*more: Path) -> Environment:
    """Return the templates of this folder and of others by name."""
    found = Environment(
        loader=FileSystemLoader([_HERE, *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["code"] = code
    return found


def style() -> str:
    """Return how every page looks."""
    return (_HERE / "page.css").read_text(encoding="utf-8")


def code(words: str) -> Markup:
    """Return words with what stands between backticks as code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return Markup.escape(words)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else Markup.escape(part) for odd, part in enumerate(parts)
    )
