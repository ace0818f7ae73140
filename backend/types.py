"""The values that the steps hand to each other. Frozen; what holds task text has `repr=False`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from backend.paths import canonical, is_within
from backend.variables import field_of, fields_in, holds_variables

JSON: TypeAlias = dict[str, Any]

Mode: TypeAlias = Literal["json_schema", "tools", "json", "md_json"]


# --- plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a control: a label, a choice, a path of a taxonomy, a bucket, a kind of relation.

    Attributes:
        name: what the model is offered; a path's parts stand before it: `Eukarya > Human`.
        result: what a Label Studio result carries: the alias, or the value.
        hint: the config's hint or description, "" if it has none.
        path: the results from the top of the tree down to this one; of one part where there is no tree.
        is_leaf: whether nothing is below it.
        attrs: the tag's attributes, names in lower case.
        is_variable: whether its name holds variables, in whose place the editor shows the task's values.
    """

    name: str = field(repr=False)  # labels may come from the task
    result: str = field(repr=False)
    hint: str = field(default="", repr=False)
    path: tuple[str, ...] = field(default=(), repr=False)
    is_leaf: bool = True
    attrs: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_variable: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """When a control is shown: the `visibleWhen` of the control or of a View around it.

    Attributes:
        kind: the value of `visibleWhen`.
        tag: `whenTagName`, "" for any.
        choices: `whenChoiceValue`, at its commas.
        labels: `whenLabelValue`, at its commas.
        role: `whenRole`, of a chat's messages.
    """

    kind: Literal["choice-selected", "choice-unselected", "region-selected", "no-region-selected"]
    tag: str = ""
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class ObjectTag:
    """An object tag, such as `<Text name="text" value="$body"/>`.

    Attributes:
        value: as the config has it: `$body`, or a text with such variables in it.
        attrs: all attributes, names in lower case.
        is_labeled: whether a control that we serve labels it; else it is context, and may be missing.
    """

    tag: str
    name: str
    value: str
    attrs: Mapping[str, str] = field(default_factory=dict)
    is_labeled: bool = True

    @property
    def field(self) -> str:
        """The key of the task's data that it shows, "" if it shows a text with variables in it."""
        return field_of(self.value)

    @property
    def fields(self) -> frozenset[str]:
        """The keys of the task's data that its value names, one or several."""
        return fields_in(self.value)

    @property
    def is_of_task(self) -> bool:
        """Whether it shows data of the task, not words of the config alone."""
        return bool(self.field) or holds_variables(self.value)

    @property
    def is_url(self) -> bool:
        """Whether the task holds an address in place of the data."""
        return self.attrs.get("valuetype", "").lower() == "url"


@dataclass(frozen=True, slots=True)
class Control:
    """A control tag, with the object tags that it labels.

    Attributes:
        from_name: its name. Relations, which have none, get one of ours.
        to_names: the object tags; several for Pairwise.
        labels: what it offers; empty until bound to a task where `labels_field` is set.
        attrs: the tag's attributes, names in lower case.
        question: what the config says about it: its hint, or the header before it; "" if nothing. It may hold
            variables.
        is_open: whether nothing but the task says what is asked: right before it stands a question of variables alone.
        conditions: all must hold for it to be shown.
        per_region: whether it is asked for each region.
        labels_field: the key of the task's data that holds the labels, "" if the config holds them.
    """

    tag: str
    from_name: str
    to_names: tuple[str, ...]
    labels: tuple[Label, ...]
    attrs: Mapping[str, str]
    question: str = ""
    is_open: bool = False
    conditions: tuple[Condition, ...] = ()
    per_region: bool = False
    labels_field: str = ""

    @property
    def to_name(self) -> str:
        """The first object tag: what a result names."""
        return self.to_names[0]

    @property
    def words(self) -> Iterator[str]:
        """What is said to a model of it: the question, and the labels with their hints."""
        yield self.question
        for label in self.labels:
            yield from (label.name, label.hint)

    @property
    def needs(self) -> frozenset[str]:
        """The keys of the task's data that hold its labels."""
        own = (fields_in(label.name) for label in self.labels if label.is_variable)
        return frozenset([self.labels_field] if self.labels_field else []).union(*own)

    def is_prompt_box(self, prefix: str) -> bool:
        """Say whether an annotator types a prompt into it, as in Label Studio's interactive example."""
        named = self.tag == "TextArea" and self.from_name.startswith(prefix)
        return bool(prefix) and named and self.attrs.get("smart", "").lower() != "false"

    @property
    def spoken(self) -> str:
        """Its name as words: what it is about, where the config says nothing else."""
        return self.from_name.replace("_", " ").replace("-", " ")

    def flag(self, attribute: str) -> bool:
        """Say whether a boolean attribute of the tag is `true`."""
        return self.attrs.get(attribute.lower(), "").strip().lower() == "true"

    def number(self, attribute: str) -> float | None:
        """Return a numeric attribute of the tag; None if it has none that can be read."""
        try:
            number = float(self.attrs.get(attribute.lower(), ""))
        except ValueError:
            return None
        return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A tag that gets no predictions, and why."""

    tag: str
    name: str
    reason: str


MAX_LEFT_OUT = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What a label config asks.

    Attributes:
        headers: with data of the task, as context: those that are no control's question.
        digest: a hash of the config.
    """

    objects: tuple[ObjectTag, ...]
    controls: tuple[Control, ...]
    unserved: tuple[Unserved, ...]
    digest: str
    headers: tuple[ObjectTag, ...] = ()

    @property
    def tags(self) -> frozenset[str]:
        """The names of all object and control tags that are served."""
        return frozenset(o.tag for o in self.objects) | frozenset(c.tag for c in self.controls)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What gets no predictions, and why, each once; of very many the first."""
        found = dict.fromkeys(f"{unserved.tag} gets no predictions: {unserved.reason}" for unserved in self.unserved)
        return tuple(islice(found, MAX_LEFT_OUT))

    @property
    def asked(self) -> tuple[Control, ...]:
        """The controls that are asked for a whole task."""
        return tuple(control for control in self.controls if not control.per_region)

    def per_region(self, obj: str) -> tuple[Control, ...]:
        """The controls that are asked for each region of an object."""
        return tuple(control for control in self.controls if control.per_region and obj in control.to_names)

    def object(self, name: str) -> ObjectTag:
        """Return an object tag by its name."""
        return next(obj for obj in self.objects if obj.name == name)


# --- policy -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in US dollars a million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Provider:
    """A model and where it runs.

    Attributes:
        name: its name in the policy.
        kind: `openai` (through openai), `litellm` (through litellm), `embedded` (the model that we run ourselves).
        model: the model's name as its API knows it; for litellm with litellm's prefix, such as `ollama/qwen2.5`.
        external: whether text that goes there leaves the organisation's network.
        address: base URL of its API, such as `http://127.0.0.1:8080/v1`; None for the vendor's own. Nothing goes by it
            for `embedded`.
        key_env, key_file: where the API key stands; never the key itself.
        mode: how instructor asks for an answer of the wanted form.
        concurrency: calls at once.
        timeout_s: seconds that one attempt may take.
        attempts: how often an invalid answer is asked for, the first time included.
        max_tokens: longest answer, in tokens.
        region: where it runs, for the record.
        price: what the policy says that it costs; None where it says nothing.
        proxy: URL of the proxy that leads to it, such as `http://proxy:3128`; None for none, whatever the environment
            says.
        proxy_key_env, proxy_key_file: where the proxy's `user:password` stands.
        ca: certificates (PEM) of authorities that are trusted beside the machine's.
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
    price: Price | None = None
    proxy: str | None = None
    proxy_key_env: str | None = None
    proxy_key_file: str | None = None
    ca: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a model answers.

    Attributes:
        base_url: of its API.
        uds: path of a Unix socket, or None.
        key: what it asks for.
    """

    base_url: str
    uds: str | None = None
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one task, and on all calls of a rule together.

    Attributes:
        max_characters: of all a task's texts together.
        detection_timeout_s: seconds that detection may take.
        piece_characters: a longer text is split for controls that mark spans.
        task_timeout_s: seconds that a task may take as a whole.
        concurrency: calls at once.
        requests_per_minute, tokens_per_minute: of calls; tokens in and out.
        spend_per_day, spend_per_month: US dollars, by UTC's calendar.
    """

    max_characters: int = 100_000
    detection_timeout_s: float = 30.0
    piece_characters: int = 6_000
    task_timeout_s: float | None = None
    concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    spend_per_day: float | None = None
    spend_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """From where data that a task names by an address may be fetched.

    Attributes:
        hosts: names of hosts, with `*`; none by default.
        max_bytes: longest answer.
        timeout_s: seconds that it may take, redirects included.
        label_studio: whether files that Label Studio keeps may be fetched, with its token.
    """

    hosts: tuple[str, ...] = ()
    max_bytes: int = 5_000_000
    timeout_s: float = 10.0
    label_studio: bool = False


PackageKind: TypeAlias = Literal["spacy", "transformers", "gliner"]


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A model of one's own that reads the names of a language.

    Attributes:
        language: ISO 639-1 code.
        kind: what runs it.
        place: path of its folder, or the name of an installed package or of a model in the Hugging Face cache.
        version: of what, or a hash of the folder; "" if it is not there.
        labels: the model's labels whose entity types a policy says, with these; "" for a label that is nothing.
    """

    language: str
    kind: PackageKind
    place: str
    version: str = ""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """How personal data are looked for.

    Attributes:
        profile: `fast`, `default` or `thorough`.
        languages: ISO 639-1 codes of the languages that the project's texts are in.
        unknown_language: what becomes of a text in another language: it is refused; or what has a form is looked for,
            which finds few names; or that, and words in a script that no recognizer reads are replaced whole.
        recognizers: path of a file in Presidio's YAML format, whose recognizers come beside ours; "" for none.
        recognizers_text: what stands in it, as it was read with the policy; None to read the file.
        never_redact: text of a list of words that are no names, as `backend.listed` reads it; "" for none.
        always_redact: text of a list of values that are always replaced, likewise.
        list_keys: secrets by which some of these values are hashed; the list names them.
        packages: what reads the names of some of the languages, beside or instead of what we bring.
        guard: a model of one's own that looks as well, where `backend.guarding` says; None for none.
    """

    profile: str = "default"
    languages: tuple[str, ...] = ("en", "fr", "ru")
    unknown_language: Literal["refuse", "patterns", "hide"] = "refuse"
    recognizers: str = ""
    recognizers_text: str | None = field(default=None, repr=False)
    never_redact: str = field(default="", repr=False)
    always_redact: str = field(default="", repr=False)
    list_keys: tuple[bytes, ...] = field(default=(), repr=False)
    packages: tuple[Package, ...] = ()
    guard: Provider | None = None

    @property
    def unlisted(self) -> "Scan":
        """The same without what needs no loading, lists and guard: ways that differ in them alone share what is loaded.

        Where there is a guard, it decides which text is refused.
        """
        bare = replace(self, never_redact="", always_redact="", list_keys=(), guard=None)
        return replace(bare, unknown_language="patterns") if self.guard else bare


@dataclass(frozen=True, slots=True)
class Operator:
    """What is done with a value of an entity type.

    Attributes:
        name: `placeholder`, `surrogate`, `mask`, `hash`, `generalize` or `keep`; or `block`, which lets no task pass
            that holds such a value.
        key_env, key_file: where the salt of `hash` stands; never the salt itself.
        local: whether a task that holds such a value may go to self-hosted providers alone.
    """

    name: Literal["placeholder", "surrogate", "mask", "hash", "generalize", "keep", "block"] = "placeholder"
    key_env: str | None = None
    key_file: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its answer, which a policy's owner wrote to be sent as it stands.

    Attributes:
        answer: JSON, by control.
    """

    text: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says about a task.

    Attributes:
        rule: name of the rule that matched.
        providers: to be tried in this order, and no others.
        policy: the policy's SHA-256.
        refuse: why nothing is sent, "" if something is.
        redact: whether personal data is replaced; always true where a provider is external.
        keep: entity types that are not replaced.
        scan: how personal data are looked for.
        operators: what is done with a value, by entity type; `*` for all others.
        answers: what becomes of personal data that a model puts into a text which it writes, and that it was not given:
            the answer is marked, dropped, or left as it is.
        threshold: detections below this score (0 to 1) are ignored.
        withhold: task fields that are never sent; their values are redacted wherever else they occur.
        prompt: text of the project's own template, or None for the default.
        prompt_box: what the names of TextAreas begin with that an annotator types a prompt into.
        prompt_name: file name of that template, whose ending chooses the template language; "" for the default.
        examples: what stands in a prompt before the task; none where the rule allows none.
        limits: bounds on one task.
        record_days: days after which the record's entries may be removed; None for never.
        answers_hours: for how long answers are kept, encrypted, so that none is asked for twice; 0 for not at all.
        fetch: from where data may be fetched.
        digest: hash of all in it that influences an answer, without keys.
    """

    rule: str
    providers: tuple[Provider, ...]
    policy: str = ""
    refuse: str = ""
    redact: bool = True
    keep: frozenset[str] = frozenset()
    scan: Scan = field(default_factory=Scan)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    answers: Literal["flag", "drop", "keep"] = "flag"
    threshold: float = 0.0
    withhold: frozenset[str] = frozenset()
    prompt: str | None = None
    prompt_name: str = ""
    prompt_box: str = "prompt"
    examples: tuple[Example, ...] = ()
    limits: Limits = field(default_factory=Limits)
    record_days: int | None = None
    answers_hours: float = 0.0
    fetch: Fetch = field(default_factory=Fetch)
    digest: str = ""

    def withholds(self, name: str) -> bool:
        """Say whether a field, or something above or below it such as `note` of `note.body`, is never sent."""
        path = canonical(name)
        return any(is_within(path, whole) or is_within(whole, path) for whole in map(canonical, self.withhold))


@dataclass(frozen=True, slots=True)
class Task:
    """A task of Label Studio's: never its annotations, drafts or predictions (P11).

    Attributes:
        data, meta: its fields.
        id: its number, "" if it has none.
    """

    data: Mapping[str, Any] = field(repr=False)
    meta: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id: str = ""


# --- privacy ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Detection:
    """Personal data found in a text: code points `start` (inclusive) to `end` (exclusive), score from 0 to 1.

    All attributes order them, so that of two at the same place the same comes first in each process.

    Attributes:
        entity_type: Presidio's, such as `PERSON`.
        recognizer: who found it, and by what, such as `Patterns: us_ssn`; never a part of the text.
    """

    start: int
    end: int
    entity_type: str
    score: float
    recognizer: str = ""


in_order = attrgetter("start", "end", "entity_type", "score", "recognizer")
"""The same order as a key for `sorted`, which takes a third of the time."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A stretch of the source text that was replaced.

    Attributes:
        token: what stands in its place, such as `[PERSON_1]`.
        entity_type: Presidio's, such as `PERSON`.
        start, end: the token's place in the redacted text.
        source_start, source_end: the value's place in the source text.
        score: the detection's, from 0 to 1.
        operator: what wrote the token; `placeholder` also where another operator had nothing to offer.
        recognizer: who found the value, and by what.
        words: of a surrogate that has its value's words one by one, for each its start and end in the redacted text
            and those of the value's word in the source text.
    """

    token: str
    entity_type: str
    start: int
    end: int
    source_start: int
    source_end: int
    score: float
    operator: str = "placeholder"
    recognizer: str = ""
    words: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def edges(self) -> tuple[tuple[int, int, int, int], ...]:
        """Start and end in the redacted text, and those in the source text, of all that stands for a whole."""
        return self.words or ((self.start, self.end, self.source_start, self.source_end),)


# --- answers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an object's ORIGINAL text, as Label Studio counts it.

    Attributes:
        start, end: `end` exclusive. Code points within the whole text of a Text, or within the text of all text nodes
            of a HyperText, a `<br>` counted as one; UTF-16 units within one paragraph of Paragraphs.
        text: what stands between them.
        item: index of the paragraph; 0 for others.
    """

    start: int
    end: int
    text: str = field(repr=False)
    item: int = 0


@dataclass(frozen=True, slots=True)
class Region:
    """One result of a control: `type` and `value` as Label Studio wants them.

    Attributes:
        source: index of the answer's part that it comes of, where the control gives regions.
        ends: for a relation, the mentions that it leads from and to.
    """

    type: str
    value: Mapping[str, Any] = field(repr=False)
    source: int | None = None
    ends: tuple[str, str] | None = field(default=None, repr=False)


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
