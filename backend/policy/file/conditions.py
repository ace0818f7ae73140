"""The form of a rule's conditions. A field's description is also the remedy that an error about it gives."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from backend.policy.file.form import ONE_KEY, EntityTypes, GlobList, Globs, StrictForm, Words, listed

EVERYTHING = "everything"

TextLanguage = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}|unknown)$")]
LanguageList = Annotated[list[TextLanguage], Field(min_length=1)]
Languages = Annotated[LanguageList, BeforeValidator(listed, json_schema_input_type=LanguageList | TextLanguage)]
Scalar = str | int | float | bool
Count = Annotated[str, StringConstraints(pattern=r"^(any|none|(>=|<=|>|<|=) ?[0-9]{1,6})$")]


def _each(value: Any) -> Any:
    """Take a list, or a word, for a condition on each of several things."""
    return {"each": value} if isinstance(value, str | int | list) else value


def _compared(value: Any) -> Any:
    """Take a bare value for one to be equal to, and a list for several."""
    if isinstance(value, list):
        return {"any_of": value}
    return value if isinstance(value, dict) else {"any_of": [value]}


def _counted(value: Any) -> Any:
    """Take a word such as `any` or `>5` for the count that it is."""
    return {"count": value} if isinstance(value, str) else value


def _narrowed(value: Any) -> Any:
    if value == EVERYTHING:
        return MatchForm()
    if not value:
        raise ValueError("says nothing")
    return value


class GlobsForm(StrictForm):
    """A condition on several things; a bare list stands for `each`."""

    model_config = ConfigDict(json_schema_extra=ONE_KEY)

    each: Globs | None = Field(None, description="every one must fit one of these patterns")
    any: Globs | None = Field(None, description="one that fits one of these patterns is enough")


class LanguagesForm(StrictForm):
    """A condition on the languages of a task's texts; a bare list stands for `each`."""

    model_config = ConfigDict(json_schema_extra=ONE_KEY)

    each: Languages | None = Field(
        None, description="every text must be in one of these languages, such as [en, fr]; unknown is a language too"
    )
    any: Languages | None = Field(None, description="one text in one of these languages is enough")


class FieldForm(StrictForm):
    """A condition on a field of a task. A bare value, or one of a list, must be equal."""

    model_config = ConfigDict(json_schema_extra=ONE_KEY)

    any_of: list[Scalar] | None = Field(None, min_length=1, description="write values, one of which it must equal")
    glob: Globs | None = Field(None, description='write a pattern with *, ? and [...], such as "psych*"')
    pattern: Words | None = Field(None, description="write a regular expression that the whole value must match")
    missing: bool | None = Field(None, description="true if it must not be there, false if it must")


class CharactersForm(StrictForm):
    """A condition on the length of all texts of a task together, in characters."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    min: int | None = Field(None, ge=0, description="so many at least")
    max: int | None = Field(None, ge=0, description="so many at most")


class EntityForm(StrictForm):
    """A condition on how often an entity type is found; a bare word stands for `count`."""

    count: Count = Field(description='write any, none, or a comparison such as ">5"')
    score: float = Field(0.0, ge=0, le=1, description="what is found with a score below it is not counted: 0 to 1")


Values = Annotated[list[Scalar], Field(min_length=1)]
Fields = dict[
    Words, Annotated[FieldForm, BeforeValidator(_compared, json_schema_input_type=FieldForm | Values | Scalar)]
]
Tags = Annotated[GlobsForm, BeforeValidator(_each, json_schema_input_type=GlobsForm | GlobList | Words | int)]
Tongues = Annotated[
    LanguagesForm, BeforeValidator(_each, json_schema_input_type=LanguagesForm | LanguageList | TextLanguage)
]
Counted = Annotated[EntityForm, BeforeValidator(_counted, json_schema_input_type=EntityForm | Count)]


class MatchForm(StrictForm):
    """What a rule matches. All conditions that are written must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    project: Globs | None = Field(None, description='write project ids, such as ["12", "3*"]')
    title: Globs | None = Field(None, description='write titles of projects, such as ["Cardiology*"]')
    path: Globs | None = Field(None, description="write path prefixes of the backend's URL, such as team-a")
    control_tags: Tags | None = Field(None, description="write control tags, such as [Choices, Labels]")
    object_tags: Tags | None = Field(None, description="write object tags, such as [Text]")
    fields: Fields | None = Field(
        None, min_length=1, description="write conditions on the task's data, such as {department: psychiatry}"
    )
    meta: Fields | None = Field(
        None, min_length=1, description="write conditions on the task's meta, such as {source: clinic}"
    )
    language: Tongues | None = Field(None, description="write languages of the texts, such as [en, fr] or {any: [fr]}")
    characters: CharactersForm | None = Field(None, description="write {min: 1, max: 5000}, or one of both")
    entities: dict[EntityTypes, Counted] | None = Field(
        None, min_length=1, description='write how often types are found, such as {PERSON: ">5", MEDICAL_LICENSE: any}'
    )


Matched = Annotated[MatchForm, BeforeValidator(_narrowed, json_schema_input_type=MatchForm | Literal["everything"])]
