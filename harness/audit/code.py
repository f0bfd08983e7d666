"""What must hold of the record of source lines."""

from collections.abc import Iterator

from harness.results.records import CodeRecord


def broken_laws(code: CodeRecord) -> Iterator[str]:
    """Say everything that is wrong with the record of source lines."""
    if code.texts.keys() != code.sloc.get("pipeline", {}).keys():
        yield "its texts are not of the files that count as pipeline"
