"""Named entities: `<Labels>` on `<Text>` and `<HyperText>`, `<HyperTextLabels>`, `<ParagraphLabels>`."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import is_list_of_texts, wrong_labels
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Label, ObjectTag, Region, Span
from backend.system.writing import JSON

OBJECTS = {
    "Labels": frozenset({"Text", "HyperText"}),
    "HyperTextLabels": frozenset({"HyperText"}),
    "ParagraphLabels": frozenset({"Paragraphs"}),
}
"""The objects on which Label Studio shows each tag's regions."""


class Entity(BaseModel):
    """An entity as the model names it: its words, and a label that each control narrows to its own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    label: str  # first: a small model that begins with the words lists every word of the text
    text: str = Field(repr=False)


class LabelsHandler(Handler):
    """Spans of the text, each with a label, or with several where the tag says `choice="multiple"`."""

    tags = frozenset(OBJECTS)
    template = "labels"
    role = Role(gives_regions=True, takes_spans=True, words=())

    @override
    def most(self, control: Control) -> int | None:
        """Return how often all labels together may be used, if each has a bound."""
        bounds = [_bound(control, label) for label in control.labels]
        return sum(b for b in bounds if b is not None) if bounds and None not in bounds else None

    @override
    def selectable(self, control: Control) -> Sequence[Label]:
        """Return all of them."""
        return control.labels

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse other objects than Label Studio does, and a tag without labels."""
        if obj.tag not in OBJECTS[control.tag]:
            return f"on {obj.tag}"
        return None if control.labels or control.labels_field else "it has no Label"

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return an entity: its words as they stand in the text, and one of the labels."""
        label: Any = Literal[tuple(label.name for label in control.labels)]
        return create_model("Entity", __base__=Entity, label=(label, ...))

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Ground every entity at all its mentions.

        Where the model gave the same words several labels, the mentions get them in turn, the last one the rest; with
        `choice="multiple"` each mention gets them all. Words that do not stand in the text are left out.
        """
        labels = {label.name: label for label in control.labels}
        several = _is_multiple(control)
        wanted: dict[str, list[int]] = defaultdict(list)
        for index, entity in enumerate(answer):
            wanted[entity.text].append(index)
        marked: dict[Span, dict[str, int]] = defaultdict(dict)  # the labels of each span, with the entity of each
        for words, indices in wanted.items():
            granularity = labels[answer[indices[0]].label].attrs.get("granularity", "")
            for turn, span in enumerate(document.find(words, granularity)):
                if several:
                    marked[span] = {answer[index].label: index for index in indices} | marked[span]
                elif not marked[span]:
                    index = indices[min(turn, len(indices) - 1)]
                    marked[span] = {answer[index].label: index}
        usages = Counter[str]()
        return [
            _region(control, document, span, kept, min(own.values()))
            for span, own in sorted(marked.items(), key=lambda item: (item[0].item, item[0].start, item[0].end))
            if (kept := _allowed(control, [labels[name] for name in own], usages, document))
        ]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the entities by their words: each once, but where the same words have several labels, in turn."""
        names = {label.result: label.name for label in control.labels}
        told: dict[str, list[JSON]] = defaultdict(list)
        for result in results:
            given, words = result["value"].get(self.result_type(control)), document.words(result)
            if not is_list_of_texts(given) or not set(given) <= set(names):
                document.refuse("it has a label that is not offered")
            told[words] += [{"label": names[label], "text": words, **document.about(result)} for label in given]
        return [part for own in told.values() for part in _told_once(own, in_turn=not _is_multiple(control))]

    @override
    def mark(self, control: Control, label: Label, span: Span, document: Document) -> Region:
        """Return the label's region."""
        return _region(control, document, span, [label.result], None)

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for labels of the tag, and for words that stand at their offsets."""
        most = len(control.labels) if _is_multiple(control) else 1
        given = value.get(self.result_type(control))
        return wrong_labels(given, {label.result for label in control.labels}, most) or _wrong_span(value, content)


def _told_once(parts: Sequence[JSON], *, in_turn: bool) -> Sequence[JSON]:
    """Leave out what was said of the same words before, as long as the rest still gets what it had."""
    distinct = [part for place, part in enumerate(parts) if part not in parts[:place]]
    return parts if in_turn and len(distinct) > 1 else distinct


def _is_multiple(control: Control) -> bool:
    return control.attrs.get("choice") == "multiple"


def _allowed(control: Control, labels: Sequence[Label], usages: Counter[str], document: Document) -> list[str]:
    """Return the labels that may be used once more, by `maxUsages` of the label or of the tag."""
    kept = []
    for label in labels:
        most = _bound(control, label)
        if most is not None and usages[label.result] >= most:
            document.drop("its label is used as often as maxUsages allows")
            continue
        usages[label.result] += 1
        kept.append(label.result)
    return kept


def _bound(control: Control, label: Label) -> int | None:
    """Return how often a label may be used; None for any number."""
    most = label.attrs.get("maxusages") or label.attrs.get("maxusage") or control.attrs.get("maxusages") or ""
    return int(most) if most.isdigit() else None


def _region(control: Control, document: Document, span: Span, labels: Sequence[str], source: int | None) -> Region:
    kind = control.tag.lower()
    where: dict[str, Any] = {"start": span.start, "end": span.end}
    if document.tag == "HyperText":
        offsets = {"start": span.start, "end": span.end}
        where = {"start": "", "end": "", "startOffset": 0, "endOffset": 0, "globalOffsets": offsets}
    elif document.tag == "Paragraphs":
        where = {"start": str(span.item), "end": str(span.item), "startOffset": span.start, "endOffset": span.end}
    return Region(kind, {**where, "text": span.text, kind: list(labels)}, source)


def _wrong_span(value: Mapping[str, Any], content: Content) -> str:
    start, end, item = value.get("start"), value.get("end"), 0
    if content.tag == "HyperText":
        offsets = value.get("globalOffsets")
        start, end = (offsets.get("start"), offsets.get("end")) if isinstance(offsets, Mapping) else (None, None)
    elif content.tag == "Paragraphs":
        if start != end or not isinstance(start, str) or not start.isdecimal():
            return "has no paragraph"
        item, start, end = int(start), value.get("startOffset"), value.get("endOffset")
    if not 0 <= item < len(content.originals):
        return "has a paragraph that is not there"
    place = content.within(item, start, end) if type(start) is int and type(end) is int else None
    if place is None:
        return "has offsets outside of the text"
    text = content.originals[item][slice(*place)]
    return "" if text == value.get("text") else "has a text that does not stand at its offsets"


HANDLER = LabelsHandler()

CONFIG = (
    '<View><Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG" alias="company"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)
HTML = (
    '<View><HyperText name="page" value="$html"/><HyperTextLabels name="ner" toName="page"><Label value="PER"/>'
    "</HyperTextLabels></View>"
)
TALK = (
    '<View><Paragraphs name="talk" value="$turns" nameKey="who" textKey="says"/>'
    '<ParagraphLabels name="ner" toName="talk"><Label value="PER"/></ParagraphLabels></View>'
)


def _at(start: int, end: int, text: str, *labels: str) -> Mapping[str, Any]:
    return {"start": start, "end": end, "text": text, "labels": list(labels)}


CASES = (
    Case(
        name="every mention, exact offsets, alias",
        config=CONFIG,
        data="😀 Zoë met Ann at Acme. Ann smiled at Annabel.",
        answer=[{"text": "Ann", "label": "PER"}, {"text": "Zoë", "label": "PER"}, {"text": "Acme", "label": "ORG"}],
        regions=[
            Region("labels", _at(2, 5, "Zoë", "PER"), 1),
            Region("labels", _at(10, 13, "Ann", "PER"), 0),
            Region("labels", _at(17, 21, "Acme", "company"), 2),
            Region("labels", _at(23, 26, "Ann", "PER"), 0),
        ],
        invalid=["Ann", [{"text": "Ann", "label": "LOC"}], [{"text": "Ann"}], [{"label": "PER"}], None],
    ),
    Case(
        name="the same words with two labels, in turn",
        config=CONFIG,
        data="Ford drives a Ford.",
        answer=[{"text": "Ford", "label": "PER"}, {"text": "Ford", "label": "ORG"}],
        regions=[
            Region("labels", _at(0, 4, "Ford", "PER"), 0),
            Region("labels", _at(14, 18, "Ford", "company"), 1),
        ],
        invalid=[],
    ),
    Case(
        name="several labels on a span",
        config=CONFIG.replace('toName="text"', 'toName="text" choice="multiple"', 1),
        data="Ford drives.",
        answer=[{"text": "Ford", "label": "PER"}, {"text": "Ford", "label": "ORG"}],
        regions=[Region("labels", _at(0, 4, "Ford", "PER", "company"), 0)],
        invalid=[],
    ),
    Case(
        name="words that are not in the text are left out",
        config=CONFIG,
        data="Ann smiled.",
        answer=[{"text": "Bob", "label": "PER"}, {"text": "", "label": "PER"}],
        regions=[],
        invalid=[],
    ),
    Case(
        name="a label's maxUsages and granularity",
        config=CONFIG.replace('value="PER"', 'value="PER" maxUsages="1" granularity="sentence"'),
        data="Well. Ann smiled. Ann sat.",
        answer=[{"text": "Ann", "label": "PER"}],
        regions=[Region("labels", _at(6, 17, "Ann smiled.", "PER"), 0)],
        invalid=[],
    ),
    Case(
        name="HyperText: what the annotator sees, counted as Label Studio does",
        config=HTML,
        data={"html": "<p>Hi <b>Ann&nbsp;Lee</b>,<br/>bye.</p>\n<p>Ann Lee</p>"},
        answer=[{"text": "ann lee", "label": "PER"}],
        regions=[
            Region(
                "hypertextlabels",
                {
                    **{"start": "", "end": "", "startOffset": 0, "endOffset": 0},
                    **{"globalOffsets": {"start": start, "end": start + 7}, "text": text, "hypertextlabels": ["PER"]},
                },
                0,
            )
            for start, text in ((3, "Ann\u00a0Lee"), (17, "Ann Lee"))
        ],
        invalid=[],
    ),
    Case(
        name="Paragraphs: within one paragraph, never a speaker's name",
        config=TALK,
        data={"turns": [{"who": "Ann", "says": "Hi Bob."}, {"who": "Bob", "says": "Ann!", "audio": "x.mp3"}]},
        answer=[{"text": "Ann", "label": "PER"}, {"text": "Bob", "label": "PER"}],
        regions=[
            Region(
                "paragraphlabels",
                {
                    **{"start": item, "end": item, "startOffset": start, "endOffset": start + 3},
                    **{"text": text, "paragraphlabels": ["PER"]},
                },
                source,
            )
            for item, start, text, source in (("0", 3, "Bob", 1), ("1", 0, "Ann", 0))
        ],
        invalid=[],
    ),
)
