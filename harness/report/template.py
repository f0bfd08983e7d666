"""Fills markdown templates. Templates escape values themselves, with the filter `md`."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.report.escape import escaped
from harness.report.format import day, minute


def filled(path: Path, **values: object) -> str:
    """Return a template with values filled in, without blank lines at its ends."""
    return _templates(path.parent).get_template(path.name).render(values).strip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], others: str = ":--") -> str:
    """Return a markdown table. `others` aligns the columns after the first, which is aligned to the left."""
    aligned = [":--", *[others] * (len(heads) - 1)]
    return "\n".join(map(_line, (heads, aligned, *rows)))


def _line(cells: Sequence[str]) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def _paragraph(words: str) -> str:
    """Return words as one line, so that templates can wrap paragraphs."""
    return f"{' '.join(words.split())}\n"


@cache
def _templates(folder: Path) -> Environment:
    found = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # This is markdown.
    )
    found.filters |= {"md": escaped, "day": day, "minute": minute, "paragraph": _paragraph}
    found.globals["table"] = table
    return found
