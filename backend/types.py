"""The values that the steps hand to each other. Frozen; what holds task text has `repr=False`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

JSON: TypeAlias = dict[str, Any]

Mode: TypeAlias = Literal["json_schema", "tools", "json", "md_json"]


# --- plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a control.

    Attributes:
        name: what the annotator reads, and what the model is offered.
        result: what a Label Studio result carries: the alias, or the name.
        hint: the config's hint or description, "" if it has none.
    """

    name: str
    result: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ObjectTag:
    """An object tag, such as `<Text name="text" value="$body"/>`: `field` is `body`, a key of the task's data."""

    tag: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class Control:
    """A control tag, with the object tag that it labels.

    Attributes:
        field: the key of the task's data that holds the object's text; a path such as `note.body` is possible.
        question: what the config says about it: its hint, or the header before it; "" if nothing.
    """

    tag: str
    from_name: str
    to_name: str
    field: str
    labels: tuple[Label, ...]
    attrs: Mapping[str, str]
    question: str = ""

    def flag(self, attribute: str) -> bool:
        """Say whether a boolean attribute of the tag is `true`."""
        return self.attrs.get(attribute, "").strip().lower() == "true"


@dataclass(frozen=True, slots=True)
class Unserved:
    """A control tag that gets no predictions, and why."""

    tag: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a label config asks. `digest` is a hash of the config."""

    objects: tuple[ObjectTag, ...]
    controls: tuple[Control, ...]
    unserved: tuple[Unserved, ...]
    digest: str

    @property
    def tags(self) -> frozenset[str]:
        """The names of all object and control tags that are served."""
        return frozenset(o.tag for o in self.objects) | frozenset(c.tag for c in self.controls)


# --- policy -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provider:
    """A model and where it runs.

    Attributes:
        name: its name in the policy.
        kind: `openai` (through openai), `litellm` (through litellm), `embedded` (the model that we run ourselves).
        model: the model's name as its API knows it; for litellm with litellm's prefix, such as `ollama/qwen2.5`.
        external: whether text that goes there leaves the organisation's network.
        address: base URL of its API, such as `http://127.0.0.1:9091/v1`; None for the vendor's own.
        key_env, key_file: where the API key stands; never the key itself.
        mode: how instructor asks for an answer of the wanted form.
        concurrency: calls at once.
        timeout_s: seconds that one attempt may take.
        attempts: how often an invalid answer is asked for, the first time included.
        max_tokens: longest answer, in tokens.
        region: where it runs, for the record.
    """

    name: str
    kind: Literal["openai", "litellm", "embedded"]
    model: str
    external: bool
    address: str | None = None
    key_env: str | None = None
    key_file: str | None = None
    mode: Mode = "json_schema"
    concurrency: int = 8
    timeout_s: float = 60.0
    attempts: int = 2
    max_tokens: int = 1024
    region: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one task: characters of all its fields together, seconds that detection may take."""

    max_characters: int = 100_000
    detection_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says about a project.

    Attributes:
        rule: name of the rule that matched.
        providers: to be tried in this order, and no others.
        redact: whether personal data is replaced; always true where a provider is external.
        keep: entity types that are not replaced.
        threshold: detections below this score (0 to 1) are ignored.
        withhold: task fields that are never sent; their values are redacted wherever else they occur.
        prompt: text of the project's own template, or None for the default.
        prompt_name: file name of that template, whose ending chooses the template language; "" for the default.
        limits: bounds on one task.
        digest: hash of all that, without keys.
    """

    rule: str
    providers: tuple[Provider, ...]
    redact: bool = True
    keep: frozenset[str] = frozenset()
    threshold: float = 0.0
    withhold: frozenset[str] = frozenset()
    prompt: str | None = None
    prompt_name: str = ""
    limits: Limits = field(default_factory=Limits)
    digest: str = ""


# --- privacy ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Detection:
    """Personal data found in a text: code points `start` (inclusive) to `end` (exclusive), score from 0 to 1."""

    start: int
    end: int
    entity_type: str
    score: float


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A stretch of the source text that was replaced.

    Attributes:
        token: what stands in its place, such as `[PERSON_1]`.
        entity_type: Presidio's, such as `PERSON`.
        start, end: the token's place in the redacted text.
        source_start, source_end: the value's place in the source text.
        score: the detection's, from 0 to 1.
    """

    token: str
    entity_type: str
    start: int
    end: int
    source_start: int
    source_end: int
    score: float


# --- answers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the ORIGINAL text, in code points, `end` exclusive: `original[start:end] == text`."""

    start: int
    end: int
    text: str = field(repr=False)


class Document(Protocol):
    """The original text of an object tag, as a handler sees it."""

    def find(self, mention: str) -> Sequence[Span]:
        """Find all occurrences of what the model called `mention`, in the order of the text."""

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders."""


@dataclass(frozen=True, slots=True)
class Region:
    """One result of a control: `type` and `value` as Label Studio wants them."""

    type: str
    value: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What Label Studio gets for one task."""

    result: tuple[JSON, ...] = field(repr=False)
    model_version: str
    score: float | None = None

    def payload(self) -> JSON:
        """Return the prediction in Label Studio's form; without a score if there is none."""
        body: JSON = {"result": list(self.result), "model_version": self.model_version}
        if self.score is not None:
            body["score"] = self.score
        return body


class Handler(Protocol):
    """Serves one task type. Pure: no I/O, no clock, no environment."""

    tags: frozenset[str]
    """The control tags that it serves."""
    template: str
    """Name of its prompt template, such as `choices` for `prompts/choices.txt`."""

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Say why this control cannot be served, or None if it can."""

    def answer_type(self, control: Control) -> Any:
        """Return the type of the control's part of the answer, for pydantic."""

    def instruction(self, control: Control) -> Mapping[str, str]:
        """Return what the prompt template is given."""

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Turn the control's part of the answer into regions on the original text."""


@dataclass(frozen=True, slots=True)
class Case:
    """An example of a handler's work, which the contract test runs.

    Attributes:
        config: a label config with one control of the handler's.
        text: the task's text, the field `text`.
        answer: the control's part of a model's answer, as JSON.
        regions: what must come of it.
        invalid: answers that must be refused.
    """

    name: str
    config: str
    text: str
    answer: Any
    regions: Sequence[Region]
    invalid: Sequence[Any]
