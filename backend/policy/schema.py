"""The form of a policy file. A field's description is also the remedy that an error about it gives."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from backend.types import Mode

EVERYTHING = "everything"


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _worded(value: Any) -> Any:
    """Take a project's number for the text that it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _blocked(value: Any) -> Any:
    """Take an operator's name for the block that it is short for."""
    return {"operator": value} if isinstance(value, str) else value


def _narrowed(value: Any) -> Any:
    if value == EVERYTHING:
        return MatchForm()
    if not value:
        raise ValueError("says nothing")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Glob = Annotated[Words, BeforeValidator(_worded)]
Globs = Annotated[list[Glob], Field(min_length=1), BeforeValidator(_listed)]
EntityType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
EntityTypes = Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9_]*|\*)$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Form(BaseModel):
    """Base of the forms: unknown keys are refused, no value is bent to fit, errors never show values."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class KeyForm(Form):
    """Where an API key stands."""

    env: str | None = Field(
        None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="write the name of the environment variable"
    )
    file: str | None = Field(None, min_length=1, description="write the path of the file that holds the key")


class ProviderForm(Form):
    """A model and where it runs."""

    kind: Literal["openai", "litellm", "embedded"] = Field(
        description="openai for OpenAI and servers that speak its API, litellm for all others,"
        " embedded for the model that Labelguard runs itself"
    )
    model: Words = Field(description="write the model's name as its server knows it")
    external: bool = Field(
        description="write external: true if text that goes there leaves your organisation's network, else false"
    )
    address: str | None = Field(None, description="write its base URL, such as http://127.0.0.1:8080/v1")
    key: KeyForm | None = Field(None, description="write {env: NAME} or {file: PATH}, never the key itself")
    mode: Mode | None = Field(
        None, description="how the form of an answer is imposed: json_schema for most servers, tools for OpenAI"
    )
    concurrency: int = Field(8, ge=1, le=1000, description="calls at once")
    timeout_s: float = Field(60.0, gt=0, le=3600, description="seconds that one attempt may take")
    attempts: int = Field(2, ge=1, le=10, description="how often an answer that does not fit is asked for")
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="longest answer, in tokens")
    region: str = Field("", max_length=100, description="where it runs, in a word")


class OperatorForm(Form):
    """What is done with a value of an entity type; a bare word stands for one without a key."""

    operator: Literal["placeholder", "surrogate", "mask", "hash", "generalize", "keep"] = Field(
        description="write placeholder, surrogate, mask, hash, generalize or keep"
    )
    key: KeyForm | None = Field(None, description="where the salt of hash stands: write {env: NAME} or {file: PATH}")


class DetectionForm(Form):
    """How personal data are looked for."""

    profile: Literal["fast", "default", "thorough"] = Field(
        "default", description="fast for patterns and one model, default, or thorough for all that there is"
    )
    languages: list[Language] = Field(
        ["en", "fr", "ru"], min_length=1, description="codes of the texts' languages, such as [en, fr, ru]"
    )
    unknown_language: Literal["refuse", "patterns"] = Field(
        "refuse", description="refuse a text in another language, or look for patterns alone in it"
    )
    recognizers: str | None = Field(
        None, min_length=1, description="path of a file in Presidio's YAML format, from the policy file's folder"
    )


class MatchForm(Form):
    """What a rule matches. All conditions that are written must hold."""

    project: Globs | None = Field(None, description='write project ids, such as ["12", "3*"]')
    profile: Globs | None = Field(None, description="write path prefixes of the backend's URL, such as team-a")
    control_tags: Globs | None = Field(None, description="write control tags, such as [Choices, Labels]")
    object_tags: Globs | None = Field(None, description="write object tags, such as [Text]")


class LimitsForm(Form):
    """Bounds on one task."""

    max_characters: int = Field(100_000, ge=1, description="characters of all the task's fields together")
    detection_timeout_s: float = Field(30.0, gt=0, le=3600, description="seconds that detection may take")
    piece_characters: int = Field(6_000, ge=200, description="a longer text is split for tags that mark spans")


class FetchForm(Form):
    """From where data that a task names by an address (valueType="url") may be fetched."""

    hosts: list[Words] = Field([], description="names of hosts, such as [data.example.org]; * stands for anything")
    max_bytes: int = Field(5_000_000, ge=1, description="longest answer, in bytes")
    timeout_s: float = Field(10.0, gt=0, le=600, description="seconds that it may take")


class RuleForm(Form):
    """What holds for the projects that a rule matches."""

    name: Words = Field(description="write a name that tells the rule apart, for logs and the record")
    match: Annotated[MatchForm, BeforeValidator(_narrowed)] = Field(
        description=f'write match: {EVERYTHING}, or conditions such as match: {{project: ["12"]}}'
    )
    providers: list[Name] = Field(
        min_length=1,
        description="list the names of providers, in the order to be tried; what may not be served needs no rule",
    )
    redact: bool = Field(True, description="true, or false if no provider of the rule is external")
    keep: list[EntityType] = Field([], description="entity types that are not replaced, such as [DATE_TIME]")
    detection: DetectionForm = Field(
        default_factory=DetectionForm, description="profile, languages, unknown_language, recognizers"
    )
    operators: dict[EntityTypes, Annotated[OperatorForm, BeforeValidator(_blocked)]] = Field(
        {}, description='an operator for each entity type, such as {PERSON: surrogate, "*": placeholder}'
    )
    answers: Literal["flag", "drop", "keep"] = Field(
        "flag", description="flag, drop or keep what a model writes with personal data that it was not given"
    )
    threshold: float = Field(0.0, ge=0, le=1, description="detections with a score below it are ignored: 0 to 1")
    withhold: list[Words] = Field([], description="names of the task's fields that are never sent")
    prompt: str | None = Field(
        None, min_length=1, description="path of a .txt or .jinja template, from the policy file's folder"
    )
    prompt_box: Words = Field("prompt", description="what the names of TextAreas for an annotator's prompt begin with")
    limits: LimitsForm = Field(
        default_factory=LimitsForm, description="max_characters, detection_timeout_s, piece_characters"
    )
    fetch: FetchForm = Field(default_factory=FetchForm, description="hosts, max_bytes, timeout_s")


class PolicyForm(Form):
    """A policy file."""

    version: Literal[1] = Field(description="write version: 1")
    providers: dict[Name, ProviderForm] = Field(min_length=1, description="name at least one provider")
    rules: list[RuleForm] = Field(min_length=1, description="write at least one rule: without one nothing is allowed")


_BLOCKS: dict[str | int, type[Form]] = {
    "detection": DetectionForm,
    "fetch": FetchForm,
    "limits": LimitsForm,
    "match": MatchForm,
}


def form_at(where: tuple[str | int, ...]) -> type[Form]:
    """Return the form that a block of keys must have."""
    match where:
        case ("providers", _):
            return ProviderForm
        case ("providers", _, "key") | ("rules", _, "operators", _, "key"):
            return KeyForm
        case ("rules", _, "operators", _):
            return OperatorForm
        case ("rules", _):
            return RuleForm
        case ("rules", _, block) if block in _BLOCKS:
            return _BLOCKS[block]
    return PolicyForm
