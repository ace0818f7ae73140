"""The forms as JSON schemas, by which an editor completes and checks a policy file while it is written."""

import json
from typing import Any

from pydantic import BaseModel

from backend.policy.file.form import NULL

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(form: type[BaseModel], title: str) -> str:
    """Write the schema of a file: it takes all that the loader takes, short forms too.

    Args:
        form: the file's.
        title: what the file is called.
    """
    schema = _without_null(form.model_json_schema(mode="validation"))
    return json.dumps({"$schema": DIALECT, **schema, "title": title}, indent=1, ensure_ascii=False) + "\n"


def _without_null(schema: Any) -> Any:
    """Take out what stands for a missing value: a file leaves the line away. Keys that fit no pattern are refused."""
    if isinstance(schema, list):
        return [_without_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _without_null(part) for key, part in schema.items() if key != NULL}
    if NULL not in schema and isinstance(found.get("anyOf"), list):
        rest = [part for part in found["anyOf"] if part != {"type": "null"}]
        found = {**found, "anyOf": rest} if len(rest) > 1 else {**rest[0], **_besides(found)}
    if found.get("default", 0) is None:
        del found["default"]
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def _besides(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in schema.items() if key != "anyOf"}
