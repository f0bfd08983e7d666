"""Fills templates. Pages escape every value. Markdown escapes the values with the filter `md`."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from harness.report.escape import escaped
from harness.report.format import day, minute

_PAGE = Path(__file__).parent / "page"
"""The folder with what all pages share."""


def filled(template: Path, **values: object) -> str:
    """Return a template with values filled in, without blank lines at its ends."""
    return _environment(template.parent).get_template(template.name).render(values).strip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], others: str = ":--") -> str:
    """Return a markdown table. `others` aligns the columns after the first, which is aligned to the left."""
    aligned = [":--", *[others] * (len(heads) - 1)]
    return "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in row) for row in (heads, aligned, *rows))


def code(words: str) -> Markup:
    """Return words as HTML, with text between backticks as code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return Markup.escape(words)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else Markup.escape(part) for odd, part in enumerate(parts)
    )


def _paragraph(words: str) -> str:
    """Return words as one line, so that templates can wrap paragraphs."""
    return f"{' '.join(words.split())}\n"


@cache
def _environment(folder: Path) -> Environment:
    found = Environment(
        loader=FileSystemLoader([folder, _PAGE]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(["html.j2"]),
    )
    found.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    found.filters |= {"md": escaped, "code": code, "day": day, "minute": minute, "paragraph": _paragraph}
    found.globals |= {"table": table, "style": (_PAGE / "page.css").read_text(encoding="utf-8")}
    return found
