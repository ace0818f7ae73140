"""The form of a policy file. A field's description is also the remedy that an error about it gives."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from backend.budget.prices import is_openai
from backend.policy.file.conditions import (
    EVERYTHING,
    CharactersForm,
    EntityForm,
    FieldForm,
    GlobsForm,
    LanguagesForm,
    Matched,
    MatchForm,
)
from backend.policy.file.form import (
    MAPPED,
    NAMED,
    NULL,
    ONE_KEY,
    EntityType,
    EntityTypes,
    Language,
    Name,
    StrictForm,
    Words,
    listed,
    model_or_path,
)
from backend.policy.file.learning import LearnedForm, LearnForm, OfferedForm
from backend.privacy.types import PackageKind
from backend.providers import Mode

Operator = Literal["placeholder", "surrogate", "mask", "hash", "generalize", "keep", "block"]


def _blocked(value: Any) -> Any:
    """Take an operator's name for the block that it is short for."""
    if value == "local":
        return {"operator": "placeholder", "local": True}
    return {"operator": value} if isinstance(value, str) else value


class KeyForm(StrictForm):
    """Where an API key stands."""

    model_config = ConfigDict(json_schema_extra=ONE_KEY)

    env: str | None = Field(
        None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="write the name of the environment variable"
    )
    file: str | None = Field(None, min_length=1, description="write the path of the file that holds the key")


class PriceForm(StrictForm):
    """What a model costs, in US dollars a million tokens."""

    input: float = Field(ge=0, description="US dollars a million tokens that are sent")
    output: float = Field(ge=0, description="US dollars a million tokens that are answered")
    batch: float | None = Field(
        None, ge=0, le=1, description="the share that a line of a batch costs: 0.5 at OpenAI, or else 1 if not written"
    )


class ProviderForm(StrictForm):
    """A model and where it runs."""

    model_config = ConfigDict(json_schema_extra=model_or_path)

    kind: Literal["openai", "litellm", "embedded", "distilled"] = Field(
        description="openai for OpenAI and servers that speak its API, litellm for all others,"
        " embedded for the model that Labelguard runs itself, distilled for one that labelguard distill wrote"
    )
    model: Words = Field(description="write the model's name as its server knows it")
    path: Words | None = Field(None, description="the folder of a distilled model, from the policy file's folder")
    external: bool = Field(
        description="write external: true if text that goes there leaves your organisation's network, else false"
    )
    address: str | None = Field(
        None, description="write its base URL, such as http://127.0.0.1:8080/v1; an embedded model needs none"
    )
    key: KeyForm | None = Field(None, description="write {env: NAME} or {file: PATH}, never the key itself")
    mode: Mode | None = Field(
        None, description="how the form of an answer is imposed: json_schema for most servers, tools for OpenAI"
    )
    concurrency: int = Field(8, ge=1, le=1000, description="calls at once")
    timeout_s: float = Field(60.0, gt=0, le=3600, description="seconds that one attempt may take")
    attempts: int = Field(2, ge=1, le=10, description="how often an answer that does not fit is asked for")
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="longest answer, in tokens")
    region: str = Field("", max_length=100, description="where it runs, in a word")
    proxy: str | None = Field(
        None,
        description="write the URL of the proxy that leads there, such as http://proxy:3128; without it none is used",
    )
    proxy_key: KeyForm | None = Field(
        None, description="where the proxy's user:password stands: write {env: NAME} or {file: PATH}"
    )
    ca: str | None = Field(
        None,
        min_length=1,
        description="path of a PEM file with your own authority's certificates, from the policy file's folder",
    )
    price: PriceForm | None = Field(None, description="write {input: 0.15, output: 0.60}, US dollars a million tokens")
    batch: bool | None = Field(
        None, description="true if its server has OpenAI's Batch API, as OpenAI's own has without this line"
    )
    scores: Literal["tokens", "none"] | None = Field(
        None,
        description="tokens to ask for the probabilities of an answer's tokens, of which scores are made; or none."
        " By default tokens for embedded and distilled, and none for others",
    )

    @property
    def asks_scores(self) -> bool:
        """Whether it is asked for probabilities: the embedded model is, of others the file must say it."""
        return (self.scores or ("tokens" if self.kind in ("embedded", "distilled") else "none")) == "tokens"

    @property
    def has_batches(self) -> bool:
        """Whether it has OpenAI's Batch API: OpenAI has, of others the file must say it."""
        return self.batch if self.batch is not None else self.kind == "openai" and is_openai(self.address)


class OperatorForm(StrictForm):
    """What is done with a value of an entity type; a bare word stands for one without a key."""

    operator: Operator = Field(description="write placeholder, surrogate, mask, hash, generalize, keep, block or local")
    key: KeyForm | None = Field(None, description="where the salt of hash stands: write {env: NAME} or {file: PATH}")
    local: bool = Field(False, description="true if a task with such a value may go to self-hosted providers alone")


Operated = Annotated[
    OperatorForm, BeforeValidator(_blocked, json_schema_input_type=OperatorForm | Operator | Literal["local"])
]


class PackageForm(StrictForm):
    """A model of one's own that reads the names of a language."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    spacy: Words | None = Field(
        None, description="write the name of an installed spaCy pipeline, such as de_core_news_lg, or its folder"
    )
    transformers: Words | None = Field(
        None, description="write the folder of a token classification model, or its name in the Hugging Face cache"
    )
    gliner: Words | None = Field(None, description="write the folder of a GLiNER model in ONNX")
    labels: dict[Words, EntityType | Literal["none"]] = Field(
        {}, description="an entity type for labels of the model's that are not known, such as {Dorf: LOCATION}, or none"
    )

    @property
    def places(self) -> dict[PackageKind, str]:
        """Where it lies, by what runs it; a policy must say one."""
        said: dict[PackageKind, str | None] = {
            "spacy": self.spacy,
            "transformers": self.transformers,
            "gliner": self.gliner,
        }
        return {kind: place for kind, place in said.items() if place}


LabelTypes = Annotated[dict[Words, EntityType | Literal["none"]], Field(min_length=1)]
Languages = Annotated[list[Language], Field(min_length=1)]
Tagged = Annotated[PackageForm | None, Field(json_schema_extra={NULL: True})]
LanguagesMapping = Annotated[dict[Language, Tagged], Field(min_length=1)]


def _tag_of(value: Any) -> str:
    return MAPPED if isinstance(value, dict) else "each"


class DetectionForm(StrictForm):
    """How personal data are looked for."""

    profile: Literal["fast", "default", "thorough"] = Field(
        "default", description="fast for patterns and one model, default, or thorough for all that there is"
    )
    languages: Annotated[
        Annotated[Languages, Tag("each")] | Annotated[LanguagesMapping, Tag(MAPPED)], Discriminator(_tag_of)
    ] = Field(
        ["en", "fr", "ru"],
        description="codes of the texts' languages, such as [en, fr, ru] or {en: , de: {spacy: de_core_news_lg}}",
    )
    unknown_language: Literal["refuse", "patterns", "hide"] = Field(
        "refuse",
        description="refuse a text in another language, or look for patterns in it, or hide words in other scripts too",
    )
    recognizers: str | None = Field(
        None, min_length=1, description="path of a file in Presidio's YAML format, from the policy file's folder"
    )
    model: Name | None = Field(
        None,
        description="name of a provider with external: false that looks for personal data too: in texts of unknown"
        " languages, and in all with profile: thorough",
    )


class LimitsForm(StrictForm):
    """Bounds on one task, and on all that a rule sends."""

    max_characters: int = Field(100_000, ge=1, description="characters of all the task's fields together")
    detection_timeout_s: float = Field(30.0, gt=0, le=3600, description="seconds that detection may take")
    piece_characters: int = Field(6_000, ge=200, description="a longer text is split for tags that mark spans")
    task_timeout_s: float | None = Field(None, gt=0, le=86_400, description="seconds that a task may take as a whole")
    concurrency: int | None = Field(None, ge=1, le=10_000, description="calls of the rule at once")
    requests_per_minute: int | None = Field(None, ge=1, description="calls that the rule may make in a minute")
    tokens_per_minute: int | None = Field(None, ge=1, description="tokens, in and out, of the rule's calls in a minute")
    spend_per_day: float | None = Field(None, gt=0, description="US dollars that the rule may cost a day (UTC)")
    spend_per_month: float | None = Field(None, gt=0, description="US dollars that the rule may cost a month (UTC)")
    weight: int = Field(1, ge=1, le=100, description="calls, and tasks to redact, in a row at a project's turn")


class RetentionForm(StrictForm):
    """How long what is written down is kept."""

    record_days: int | None = Field(
        None, ge=1, le=36_500, description="days after which labelguard audit prune may remove the record's entries"
    )
    answers_hours: float | None = Field(
        None,
        ge=0,
        le=24,
        description="hours for which answers are kept, encrypted, so that none is paid twice; 0 for not at all."
        " By default 1, and 0 where redact is false",
    )
    keep_sent: str | None = Field(
        None,
        pattern=r"^(100|[0-9]{1,2}(\.[0-9]{1,3})?) ?%$",
        description="share of the redacted requests that is kept as it was sent, encrypted, such as 1%",
    )
    sent_days: int = Field(7, ge=1, le=90, description="days after which what keep_sent keeps is deleted, 1 to 90")


class FetchForm(StrictForm):
    """From where data that a task names by an address (valueType="url") may be fetched."""

    hosts: list[Words] = Field([], description="names of hosts, such as [data.example.org]; * stands for anything")
    max_bytes: int = Field(5_000_000, ge=1, description="longest answer, in bytes")
    timeout_s: float = Field(10.0, gt=0, le=600, description="seconds that it may take")
    label_studio: bool = Field(
        False, description="true if files that Label Studio keeps may be fetched, with the token that the settings name"
    )


class ScoresForm(StrictForm):
    """That a task is asked several times, so that a score tells how many answers agree."""

    samples: int = Field(ge=2, le=10, description="answers of which the score is made, 2 to 10; each is paid")
    temperature: float = Field(0.7, gt=0, le=2, description="of all answers but the first, above 0: how much they vary")


class BlindForm(StrictForm):
    """Which tasks people label before they see a prediction, so that quality is measured on what swayed nobody."""

    one_in: int = Field(
        ge=2, le=1000, description="one in so many tasks has no prediction until people have labeled it"
    )


class SettingsForm(StrictForm):
    """What a rule, or a profile that rules share, may set. What is not written has the value that stands here."""

    redact: bool = Field(True, description="true, or false if no provider of the rule is external")
    keep: list[EntityType] = Field([], description="entity types that are not replaced, such as [DATE_TIME]")
    never_redact: str | None = Field(
        None,
        min_length=1,
        description="path of a file with words of your trade that are no names, one a line, from the policy file's"
        " folder",
    )
    always_redact: str | None = Field(
        None,
        min_length=1,
        description="path of a file with values that are always replaced, one a line, from the policy file's folder",
    )
    detection: DetectionForm = Field(
        default_factory=DetectionForm, description="profile, languages, unknown_language, recognizers, model"
    )
    operators: dict[EntityTypes, Operated] = Field(
        {}, description='an operator for each entity type, such as {PERSON: surrogate, "*": placeholder}'
    )
    answers: Literal["flag", "drop", "keep"] = Field(
        "flag", description="flag, drop or keep what a model writes with personal data that it was not given"
    )
    threshold: float = Field(0.0, ge=0, le=1, description="detections with a score below it are ignored: 0 to 1")
    known_labels: (
        Annotated[
            Annotated[Literal["on", "off"], Tag("each")] | Annotated[LabelTypes, Tag(MAPPED)], Discriminator(_tag_of)
        ]
        | None
    ) = Field(
        None,
        description="on, off, or entity types by label, such as {Patient: PERSON, Date: none}: what detection marks."
        " By default on, and off where redact is false",
    )
    labels: OfferedForm | None = Field(None, description="write {offer: 40} to offer the 40 likeliest of hundreds")
    withhold: list[Words] = Field([], description="names of the task's fields that are never sent")
    prompt: str | None = Field(
        None, min_length=1, description="path of a .txt or .jinja template, from the policy file's folder"
    )
    examples: str | None = Field(
        None,
        min_length=1,
        description="path of a file of examples, from the policy file's folder",
    )
    prompt_box: Words = Field("prompt", description="what the names of TextAreas for an annotator's prompt begin with")
    limits: LimitsForm = Field(default_factory=LimitsForm, description="max_characters, spend_per_day and others")
    retention: RetentionForm = Field(
        default_factory=RetentionForm, description="record_days, answers_hours, keep_sent, sent_days"
    )
    fetch: FetchForm = Field(default_factory=FetchForm, description="hosts, label_studio, max_bytes, timeout_s")
    learn: LearnForm = Field(default_factory=LearnForm, description="annotations, days, examples, marks, nearest")
    batch: bool = Field(
        False, description="true if labelguard predict --batch may send its tasks in a file that the provider keeps"
    )
    scores: ScoresForm | None = Field(
        None,
        description="write {samples: 3} to have, and pay, three answers to each task where no probabilities are told",
    )
    blind: BlindForm | None = Field(None, description="one_in: so many tasks, of which one is labeled by people first")


class ProfileForm(SettingsForm):
    """Settings that rules share."""

    extends: Name | None = Field(None, description="write the name of a profile whose settings hold too")


class RuleForm(SettingsForm):
    """What holds for the tasks that a rule matches. Its own settings go before those of its profile."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["providers"]}, {"required": ["refuse"]}]})

    name: Words = Field(description="write a name that tells the rule apart, for logs and the record")
    match: Matched = Field(description=f'write match: {EVERYTHING}, or conditions such as match: {{project: ["12"]}}')
    providers: list[Name] | None = Field(
        None, min_length=1, description="list the names of providers, in the order to be tried; or write refuse: REASON"
    )
    refuse: Words | None = Field(None, description="write the reason that is shown: nothing is sent")
    profile: Name | None = Field(None, description="write the name of a profile, such as one of a preset's")


Extended = Annotated[list[Words], Field(min_length=1)]


class PolicyForm(StrictForm):
    """A policy file."""

    version: Literal[1] = Field(description="write version: 1")
    extends: Annotated[Extended, BeforeValidator(listed, json_schema_input_type=Extended | Words)] = Field(
        [], description="names of shipped policies, or paths of policy files, whose providers and profiles may be named"
    )
    providers: dict[Name, Annotated[ProviderForm, NAMED]] = Field({}, description="name at least one provider")
    profiles: dict[Name, ProfileForm] = Field({}, description="name the settings that rules share")
    rules: list[RuleForm] = Field(min_length=1, description="write at least one rule: without one nothing is allowed")


_FORMS: Mapping[str, type[StrictForm]] = {
    "providers/*": ProviderForm,
    "providers/*/price": PriceForm,
    "providers/*/key": KeyForm,
    "profiles/*": ProfileForm,
    "rules/*": RuleForm,
    "rules|profiles/*/detection": DetectionForm,
    "rules|profiles/*/detection/languages/*": PackageForm,
    "rules|profiles/*/fetch": FetchForm,
    "rules|profiles/*/learn": LearnForm,
    "rules|profiles/*/learn/examples": LearnedForm,
    "rules|profiles/*/labels": OfferedForm,
    "rules|profiles/*/limits": LimitsForm,
    "rules|profiles/*/match": MatchForm,
    "rules|profiles/*/operators/*": OperatorForm,
    "rules|profiles/*/operators/*/key": KeyForm,
    "rules|profiles/*/retention": RetentionForm,
    "rules|profiles/*/scores": ScoresForm,
    "rules/*/match/control_tags|object_tags": GlobsForm,
    "rules/*/match/language": LanguagesForm,
    "rules/*/match/characters": CharactersForm,
    "rules/*/match/entities/*": EntityForm,
    "rules/*/match/fields|meta/*": FieldForm,
}
"""The form of each block of keys, by where it stands: `*` is any one key or number. No two are for one place."""


def form_at(where: tuple[str | int, ...]) -> type[StrictForm]:
    """Return the form that a block of keys must have."""
    return next((form for places, form in _FORMS.items() if _is_at(where, places.split("/"))), PolicyForm)


def _is_at(where: Sequence[str | int], places: Sequence[str]) -> bool:
    is_as_deep = len(where) == len(places)
    return is_as_deep and all(names == "*" or key in names.split("|") for key, names in zip(where, places, strict=True))
