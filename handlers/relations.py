"""Relations between the spans that the same answer marks: `<Relations>`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import wrong_labels
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Region
from backend.system.writing import JSON

MAX_RELATIONS = 200
TYPE = "relation"


class Relation(BaseModel):
    """A relation as the model names it: by the words of both entities."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    start: str = Field(alias="from", repr=False)
    end: str = Field(alias="to", repr=False)


class RelationsHandler(Handler):
    """Which entities are related, and how."""

    tags = frozenset({"Relations"})
    template = "relations"
    role = Role(relates=True, words=())

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a list of relations: the words of two entities, and one of the labels if there are any."""
        relation: Any = Relation
        if control.labels:
            label: Any = Literal[tuple(label.name for label in control.labels)]
            relation = create_model("Relation", __base__=Relation, label=(label, ...))
        return Annotated[list[relation], Field(max_length=MAX_RELATIONS)]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `label`: what stands beside the two ends."""
        labels = ", ".join(f'"{label.name}"' for label in control.labels)
        return {"label": f', "label": one of {labels}' if labels else ""}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the relations; which regions they lead to is found by their words."""
        results = {label.name: label.result for label in control.labels}
        return [
            Region(
                TYPE,
                {"direction": "right"} | ({"labels": [results[relation.label]]} if results else {}),
                ends=(relation.start, relation.end),
            )
            for relation in answer
        ]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return each relation by the words of its ends."""
        names = {label.result: label.name for label in control.labels}
        return [each for result in results for each in _related(result, names, document)]

    @override
    def result_type(self, control: Control) -> str:
        """Return what Label Studio calls a relation."""
        return TYPE

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for labels of the tag, where it has any."""
        given, offered = value.get("labels"), {label.result for label in control.labels}
        return wrong_labels(given, offered, len(control.labels)) if given or offered else ""


def _related(result: JSON, names: Mapping[str, str], document: AnnotatedDocument) -> list[JSON]:
    """Return what a relation says, once for each of its labels."""
    direction, labels = result.get("direction", "right"), result.get("labels") or []
    if direction not in ("right", "left"):
        document.refuse("a relation goes both ways, or none")
    ends = [document.marked(str(result.get(key))) for key in ("from_id", "to_id")]
    said = dict(zip(("from", "to"), ends if direction == "right" else ends[::-1], strict=True))
    if not names:
        return [said]
    if not labels or not set(labels) <= set(names):
        document.refuse("it has a label that is not offered")
    return [{**said, "label": names[label]} for label in labels]


HANDLER = RelationsHandler()

CONFIG = (
    '<View><Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<Text name="text" value="$text"/><Relations>{}</Relations></View>'
)
ENTITIES = {"ner": [{"text": "Alice", "label": "PER"}, {"text": "Acme", "label": "ORG"}]}
CASES = (
    Case(
        name="between the nearest mentions",
        config=CONFIG.format('<Relation value="works for" alias="job"/><Relation value="owns"/>'),
        data="Alice rose. At Acme, Alice is well.",
        others=ENTITIES,
        answer=[{"from": "Alice", "to": "Acme", "label": "works for"}],
        regions=[Region("relation", {"direction": "right", "labels": ["job"]})],
        invalid=[[{"from": "Alice", "to": "Acme", "label": "likes"}], [{"from": "Alice"}], None],
    ),
    Case(
        name="without labels",
        config=CONFIG.format(""),
        data="Alice likes Acme.",
        others=ENTITIES,
        answer=[{"from": "Alice", "to": "Acme"}],
        regions=[Region("relation", {"direction": "right"})],
        invalid=[],
    ),
    Case(
        name="to what is not marked: left out",
        config=CONFIG.format('<Relation value="likes"/>'),
        data="Alice likes Bob.",
        others=ENTITIES,
        answer=[{"from": "Alice", "to": "Bob", "label": "likes"}, {"from": "Alice", "to": "Alice", "label": "likes"}],
        regions=[],
        invalid=[],
    ),
)
