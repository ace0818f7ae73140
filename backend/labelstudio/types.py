"""What a label config asks, a task brings and a prediction says. Frozen; what holds task text has `repr=False`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from backend.labelstudio.role import PLAIN, Role
from backend.labelstudio.variables import field_of, fields_in, holds_variables
from backend.system.writing import JSON


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

    @property
    def is_conversation(self) -> bool:
        """Whether it shows messages, each a region."""
        return self.tag == "Chat"


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
        role: what it is to the others, by its handler.
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
    role: Role = PLAIN

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
        named = self.role.takes_prompt and self.from_name.startswith(prefix)
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


@dataclass(frozen=True, slots=True)
class Task:
    """A task of Label Studio's: never its annotations, drafts or predictions (P11).

    Attributes:
        data, meta: its fields.
        id: its number, "" if it has none.
        is_annotated: whether people have labeled it, as many as its project asks for.
    """

    data: Mapping[str, Any] = field(repr=False)
    meta: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id: str = ""
    is_annotated: bool = False


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
