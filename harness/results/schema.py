"""The published schema of a line of records, for readers in any language.

Rewrite the published file with: python -m harness.results.schema > docs/records.schema.json
"""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

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
        "$schema": Draft202012Validator.META_SCHEMA["$schema"],
        "title": "A line of records.jsonl",
        **content,
    }


def line_schema_json() -> str:
    """Return the published schema."""
    return json.dumps(line_schema(), indent=2, sort_keys=True, ensure_ascii=False)


def departure(content: object) -> str | None:
    """Say where and how a line violates the published schema, or return `None`.

    Raises `OSError` if the published file is missing.
    """
    kind = content.get("kind") if isinstance(content, dict) else None
    validator = _validators().get(kind) if isinstance(kind, str) else None
    if validator is None:
        return "$.kind: unknown kind of record"
    error = next(validator.iter_errors(content), None)
    return f"{error.json_path}: {error.message}" if error else None


@cache
def _validators() -> dict[str, Draft202012Validator]:
    """Return a validator per kind. A line is checked only by the validator of its own kind."""
    published = json.loads(PUBLISHED.read_text())
    Draft202012Validator.check_schema(published)
    definitions = published["$defs"]
    return {
        definitions[each["$ref"].rpartition("/")[2]]["properties"]["kind"]["const"]: Draft202012Validator(
            {**each, "$defs": definitions}
        )
        for each in published["oneOf"]
    }


if __name__ == "__main__":
    print(line_schema_json())
