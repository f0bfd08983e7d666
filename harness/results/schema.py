"""The published schema of a line of records, for readers in any language.

Rewrite the published file with: python -m harness.results.schema > docs/records.schema.json
"""

import json
from typing import Any

from harness.paths import REPOSITORY
from harness.results.records import schema

PUBLISHED = REPOSITORY / "docs" / "records.schema.json"
_LINK = {
    "description": "SHA-256 of the link before this one (of the environment in the first record), an end of line, and "
    "this line without its link",
    "pattern": "^[0-9a-f]{64}$",
    "title": "Chain",
    "type": "string",
}


def line_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a whole line: a record and its link."""
    content: dict[str, Any] = dict(schema())
    # OpenAPI uses a discriminator. JSON Schema distinguishes kinds by their constants.
    for reference in content.pop("discriminator")["mapping"].values():
        record = content["$defs"][reference.rpartition("/")[2]]
        record["properties"]["chain"] = _LINK
        record["required"] += ["kind", "chain"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of records.jsonl",
        **content,
    }


def line_schema_json() -> str:
    """Return the published schema."""
    return json.dumps(line_schema(), indent=2, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    print(line_schema_json())
