"""Checks a recorded output: it must describe a difference exactly if it has one."""

from collections.abc import Iterator

from harness.experiment.golden import Content, Contents, Output


def difference_stands(output: Output, demanded: Contents) -> Iterator[str]:
    """Check that a difference is described exactly if rows, hashes, tables or files differ."""
    departures = []
    for kind, recorded, expected in (
        ("tables", output.tables, demanded.tables),
        ("files", output.files, demanded.files),
    ):
        for name in sorted(recorded.keys() | expected.keys()):
            if recorded.get(name) != expected.get(name):
                both = f"{_content(recorded.get(name))}, expected {_content(expected.get(name))}"
                departures.append(f"output.{kind}.{name} is {both}")
    if output.difference and not departures:
        yield f"the output is as expected, but the record says it differs: {output.difference}"
    elif departures and not output.difference:
        yield from departures


def _content(content: Content | None) -> str:
    return "missing" if content is None else f"{content.rows} rows of {content.sha256[:12] or 'no hash'}"
