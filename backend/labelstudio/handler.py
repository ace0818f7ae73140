"""What a task type is: the protocol that handlers fulfil, and the documents that they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import PLAIN, Role
from backend.labelstudio.types import Control, Label, ObjectTag, Region, Span
from backend.system.writing import JSON


class Document(Protocol):
    """The original of an object tag, as a handler sees it."""

    @property
    def tag(self) -> str:
        """The object's tag, such as `HyperText`."""

    @property
    def items(self) -> Sequence[str]:
        """The ids of a List's items, in their order; the numbers of a Chat's messages; empty for other objects."""

    def find(self, mention: str, granularity: str = "") -> Sequence[Span]:
        """Find all occurrences of what the model called `mention`, in the order of the text.

        Args:
            mention: the model's words, placeholders included.
            granularity: `word`, `sentence` or `paragraph` to widen each occurrence to; "" for the object's own.
        """

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders."""

    def restore_date(self, text: str) -> str | None:
        """Return the original of a date that the model gives by ISO 8601; None if nobody can tell it.

        Where others stand in place of the dates of a text, the model may have reckoned a date that is none of them.
        """

    def restore_number(self, number: float) -> float | None:
        """Return the original of a number that the model gives; None if nobody can tell it."""

    def drop(self, reason: str) -> None:
        """Count an answer that is left out, by a reason that holds no text of the task."""


class AnnotatedDocument(Protocol):
    """An object tag of a task that somebody has annotated, as a handler sees it: what a model is shown of it."""

    @property
    def text(self) -> str:
        """What a model is shown: placeholders stand in it."""

    @property
    def hidden(self) -> Sequence[tuple[str, str]]:
        """What stands in the text in place of values, such as placeholders, each with its value."""

    @property
    def items(self) -> Sequence[str]:
        """The ids of a List's items, in their order; the numbers of a Chat's messages; empty for other objects."""

    def words(self, result: JSON) -> str:
        """Return what a region marks, as it stands in the text; of what is hidden in part, the whole."""

    def marked(self, region: str) -> str:
        """Return the same of the region with an id."""

    def about(self, result: JSON) -> Mapping[str, Any]:
        """Return the answers to what is asked for each region, about one, by the names of their controls."""

    def hide(self, text: str) -> str:
        """Return what the annotator wrote, with placeholders in place of values."""

    def refuse(self, reason: str) -> NoReturn:
        """Say that no answer says the same, by a reason that holds no text of the task."""


class Handler(Protocol):
    """Serves one task type. Pure: no I/O, no clock, no environment. Subclass it for the defaults."""

    tags: frozenset[str]
    """The control tags that it serves."""
    template: str
    """Name of its prompt template, such as `choices` for `prompts/choices.txt`."""
    prompt: str = ""
    """The template's own text (`.txt`), for a handler that is installed without such a file."""
    role: Role = PLAIN
    """What its controls are to the others, and what their results hold."""

    def most(self, control: Control) -> int | None:
        """Return how many parts the answer may have at most, where its role gives regions; None for any number."""
        return None

    def selectable(self, control: Control) -> Sequence[Label]:
        """Return the labels of which an answer names some, so that a model may be offered the likeliest alone.

        By default none: it is offered all that the control has.
        """
        return ()

    def alternatives(self, control: Control) -> Sequence[Any]:
        """Return what a result carries of each label, where exactly one of them is given.

        By default nothing: such a control is not answered by the label of annotated tasks that are like one.
        """
        return ()

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Say why this control cannot be served, or None if it can."""
        return None

    def answer_type(self, control: Control, items: int) -> Any:
        """Return the type of the control's part of the answer, for pydantic.

        Args:
            control: with its labels.
            items: how many items the object has, if it is a List.

        Returns:
            A type; where its role gives regions, a pydantic model of ONE of the list's parts.
        """

    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return what the prompt template is given beside name, labels, question, hints and target."""
        return {}

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Turn the control's part of the answer into regions on the original text."""

    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Turn what an annotator said into the control's part of an answer, as JSON: what `regions` takes back.

        Args:
            control: bound to the task.
            results: all of the control's, in the order of the text; none where the annotator left it out.
            document: of the control's first object.
        """
        document.refuse("its task type does not say how an annotation is answered")

    def mark(self, control: Control, label: Label, span: Span, document: Document) -> Region | None:
        """Return the region of a stretch of which it is known without an answer that it has a label.

        It is asked for where the handler's role takes spans.
        """
        return None

    def result_type(self, control: Control) -> str:
        """Return the `type` of the control's results; by default the tag in small letters, as nearly always."""
        return control.tag.lower()

    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Say what is wrong with a result, "" if nothing: the last look before Label Studio gets it (P8, P9).

        label-studio-sdk is asked besides, but passes much that the editor cannot show.

        Args:
            control: bound to the task.
            value: the result's, or the whole result where the handler relates regions.
            content: the original of the control's first object.

        Returns:
            Words that follow "result for Tag 'name'", such as `is out of bounds`; none of the value is in them.
        """
        return ""

    def for_sdk(self, control: Control, result: JSON) -> JSON:
        """Return a result as label-studio-sdk can check it, where it refuses what the editor takes."""
        return result


@dataclass(frozen=True, slots=True)
class Case:
    """An example of a handler's work, which the contract test runs.

    Attributes:
        config: a label config whose last control is the handler's.
        data: the task's data; a text stands for the field `text`.
        answer: the control's part of a model's answer, as JSON.
        regions: what must come of it.
        invalid: answers that must be refused.
        others: the other controls' parts of the answer, by name.
    """

    name: str
    config: str
    data: str | Mapping[str, Any]
    answer: Any
    regions: Sequence[Region]
    invalid: Sequence[Any]
    others: Mapping[str, Any] = field(default_factory=dict)
