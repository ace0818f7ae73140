"""The words that a policy's forms are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints


def listed(value: Any) -> Any:
    """Take one thing for the list of it."""
    return value if isinstance(value, list) else [value]


def worded(value: Any) -> Any:
    """Take a number, such as a project's, for the text that it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _named(value: Any) -> Any:
    """Take a provider whose model is named by its folder alone, since what lies there says what it is."""
    is_distilled = isinstance(value, dict) and value.get("kind") == "distilled"
    return {"model": "distilled", **value} if is_distilled else value


NAMED = BeforeValidator(_named)


def model_or_path(schema: dict[str, Any]) -> None:
    """Say the same in a JSON schema."""
    schema["required"].remove("model")
    schema["anyOf"] = [{"required": ["model"]}, {"required": ["path"]}]


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Glob = Annotated[Words, BeforeValidator(worded, json_schema_input_type=Words | int)]
GlobList = Annotated[list[Glob], Field(min_length=1)]
Globs = Annotated[GlobList, BeforeValidator(listed, json_schema_input_type=GlobList | Glob)]
EntityType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
EntityTypes = Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9_]*|\*)$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class StrictForm(BaseModel):
    """Base of the forms: unknown keys are refused, no value is bent to fit, errors never show values."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


NULL = "x-null"
"""Marks a field that may be null in a JSON schema; elsewhere a policy's files know no null."""

MAPPED = "mapped"
"""Marks in an error the longer of two ways to write something; no step of the file's."""

ONE_KEY: dict[str, JsonValue] = {"minProperties": 1, "maxProperties": 1}
"""What a JSON schema says of a block that must say one thing."""
