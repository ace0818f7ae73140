"""Named entities: `<Labels>` on `<Text>`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from backend.types import Case, Control, Document, ObjectTag, Region, Span

MAX_ENTITIES = 500


class Entity(BaseModel):
    """An entity as the model names it: its words, and a label that each control narrows to its own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: str = Field(repr=False)
    label: str


class LabelsHandler:
    """Spans of the text, each with a label."""

    tags = frozenset({"Labels"})
    template = "labels"

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse other objects than Text, and a tag without labels."""
        if obj.tag != "Text":
            return f"on <{obj.tag}>"
        return None if control.labels else "it has no <Label>"

    def answer_type(self, control: Control) -> Any:
        """Return a list of entities: the words as they stand in the text, and one of the labels."""
        label: Any = Literal[tuple(label.name for label in control.labels)]
        entity: Any = create_model("Entity", __base__=Entity, label=(label, ...))
        return Annotated[list[entity], Field(max_length=MAX_ENTITIES)]

    def instruction(self, control: Control) -> Mapping[str, str]:  # noqa: ARG002
        """Return nothing beyond what every template is given."""
        return {}

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Ground every entity at all its mentions.

        Where the model gave the same words several labels, the mentions get them in turn, the last one the rest.
        Words that do not stand in the text are dropped.
        """
        results = {label.name: label.result for label in control.labels}
        wanted: dict[str, list[str]] = defaultdict(list)
        for entity in answer:
            wanted[entity.text].append(entity.label)
        spans: dict[tuple[int, int], tuple[Span, str]] = {}
        for words, labels in wanted.items():
            for turn, span in enumerate(document.find(words)):
                label = labels[min(turn, len(labels) - 1)]
                spans.setdefault((span.start, span.end), (span, label))
        return [_region(span, results[label]) for _, (span, label) in sorted(spans.items())]


def _region(span: Span, label: str) -> Region:
    return Region("labels", {"start": span.start, "end": span.end, "text": span.text, "labels": [label]})


HANDLER = LabelsHandler()

CONFIG = (
    '<View><Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG" alias="company"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)
CASES = (
    Case(
        name="every mention, exact offsets, alias",
        config=CONFIG,
        text="😀 Zoë met Ann at Acme. Ann smiled at Annabel.",
        answer=[{"text": "Ann", "label": "PER"}, {"text": "Zoë", "label": "PER"}, {"text": "Acme", "label": "ORG"}],
        regions=[
            Region("labels", {"start": 2, "end": 5, "text": "Zoë", "labels": ["PER"]}),
            Region("labels", {"start": 10, "end": 13, "text": "Ann", "labels": ["PER"]}),
            Region("labels", {"start": 17, "end": 21, "text": "Acme", "labels": ["company"]}),
            Region("labels", {"start": 23, "end": 26, "text": "Ann", "labels": ["PER"]}),
        ],
        invalid=["Ann", [{"text": "Ann", "label": "LOC"}], [{"text": "Ann"}], [{"label": "PER"}], None],
    ),
    Case(
        name="the same words with two labels, in turn",
        config=CONFIG,
        text="Ford drives a Ford.",
        answer=[{"text": "Ford", "label": "PER"}, {"text": "Ford", "label": "ORG"}],
        regions=[
            Region("labels", {"start": 0, "end": 4, "text": "Ford", "labels": ["PER"]}),
            Region("labels", {"start": 14, "end": 18, "text": "Ford", "labels": ["company"]}),
        ],
        invalid=[],
    ),
    Case(
        name="words that are not in the text are dropped",
        config=CONFIG,
        text="Ann smiled.",
        answer=[{"text": "Bob", "label": "PER"}, {"text": "", "label": "PER"}],
        regions=[],
        invalid=[],
    ),
)
