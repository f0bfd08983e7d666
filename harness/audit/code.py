"""Rules for the record of source lines."""

from collections.abc import Iterator

from harness.results.records import CodeRecord


def broken_laws(code: CodeRecord) -> Iterator[str]:
    """Yield every fault of the record of source lines. Older records have no texts."""
    if code.texts and code.texts.keys() != code.sloc.get("pipeline", {}).keys():
        yield "its texts are not those of the files that count as pipeline"
