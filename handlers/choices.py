"""Classification: `<Choices>`, single and multiple, nested, with aliases, and with labels of the task's own."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import label_names, wrong_labels, wrong_paths
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Label, ObjectTag, Region
from backend.system.writing import JSON


class ChoicesHandler(Handler):
    """One label, or several, for the whole object or for a region."""

    tags = frozenset({"Choices"})
    template = "choices"
    role = Role(selects="always", fills_results=True, words=())

    @override
    def selectable(self, control: Control) -> Sequence[Label]:
        """Return those that an annotator can take."""
        return _offered(control)

    @override
    def alternatives(self, control: Control) -> Sequence[Any]:
        """Return the labels, or their paths, but for those of the task's own."""
        is_single = not _is_multiple(control)
        return _carried(control, [label for label in _offered(control) if is_single and not label.is_variable])

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse a tag without labels."""
        return None if control.labels or control.labels_field else "it has no Choice"

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return one of the labels, or a list of them."""
        offered = _offered(control)
        label: Any = Literal[tuple(label.name for label in offered)]
        if not _is_multiple(control):
            return label
        least = 1 if control.flag("required") else 0
        return Annotated[list[label], Field(min_length=least, max_length=len(offered))]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `choose`, how many labels to give, and the `labels`."""
        labels = ", ".join(f'"{label.name}"' for label in _offered(control))
        choose = "a list of all labels that apply" if _is_multiple(control) else "exactly one label"
        return {"choose": choose, "labels": labels}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the labels as Label Studio stores them: by alias where there is one, by path where they are nested."""
        chosen = set(answer) if _is_multiple(control) else {answer}
        results = _carried(control, [label for label in _offered(control) if label.name in chosen])
        return [Region("choices", {"choices": results})] if results else []

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the name of the label that was chosen, or those of all."""
        chosen = [choice for result in results for choice in result["value"].get("choices") or []]
        names = label_names(chosen, _offered(control))
        if names is None:
            document.refuse("it has a label that is not offered")
        if _is_multiple(control):
            return names
        return names[0] if len(names) == 1 else document.refuse("it has no label, or several, where one is asked for")

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for labels that an annotator can take, no more than they can."""
        given, most = value.get("choices"), len(control.labels) if _is_multiple(control) else 1
        if control.flag("allowNested"):
            return wrong_paths(given, {label.path for label in _offered(control)}, most)
        return wrong_labels(given, {label.result for label in _offered(control)}, most)

    @override
    def for_sdk(self, control: Control, result: JSON) -> JSON:
        """Give the parts of nested labels; and `$first`, as the config says it, in the place of the task's value."""
        filled = [label for label in control.labels if label.is_variable]
        own = {label.result: label.attrs.get("alias") or label.attrs["value"] for label in filled}
        given = result["value"]["choices"]
        parts = [part for choice in given for part in (choice if isinstance(choice, list) else [choice])]
        return {**result, "value": {**result["value"], "choices": [own.get(part, part) for part in parts]}}


def _is_multiple(control: Control) -> bool:
    return control.attrs.get("choice") == "multiple"


def _carried(control: Control, labels: Sequence[Label]) -> list[Any]:
    return [list(label.path) if control.flag("allowNested") else label.result for label in labels]


def _offered(control: Control) -> list[Label]:
    """Return the labels that an annotator can take: without allowNested, Label Studio shows the topmost alone."""
    if control.flag("allowNested"):
        return [label for label in control.labels if label.is_leaf]
    return [label for label in control.labels if len(label.path) == 1]


HANDLER = ChoicesHandler()

TEXT = '<Text name="text" value="$text"/>'
TREE = (
    '<Choice value="News"><Choice value="Business" alias="biz"/><Choice value="Politics"/></Choice>'
    '<Choice value="Other"/></Choices></View>'
)
CASES = (
    Case(
        name="single",
        config=f'<View>{TEXT}<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
        "</View>",
        data="Alice loves it.",
        answer="Good",
        regions=[Region("choices", {"choices": ["Good"]})],
        invalid=["Neutral", "good", ["Good"], None],
    ),
    Case(
        name="multiple, in the config's order and once each",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple"><Choice value="A"/>'
        '<Choice value="B"/><Choice value="C"/></Choices></View>',
        data="Alice went there.",
        answer=["C", "A", "C"],
        regions=[Region("choices", {"choices": ["A", "C"]})],
        invalid=["A", ["D"], ["A", "D"]],
    ),
    Case(
        name="multiple, none applies",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple"><Choice value="A"/></Choices>'
        "</View>",
        data="Alice went there.",
        answer=[],
        regions=[],
        invalid=["A"],
    ),
    Case(
        name="multiple, required",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple" required="true"><Choice value="A"/>'
        "</Choices></View>",
        data="Alice went there.",
        answer=["A"],
        regions=[Region("choices", {"choices": ["A"]})],
        invalid=[[]],
    ),
    Case(
        name="an alias stands in the result",
        config=f'<View>{TEXT}<Choices name="topic" toName="text"><Choice value="Good feedback" alias="pos"/>'
        '<Choice value="Bad feedback" alias="neg"/></Choices></View>',
        data="Alice loves it.",
        answer="Good feedback",
        regions=[Region("choices", {"choices": ["pos"]})],
        invalid=["pos"],
    ),
    Case(
        name="nested, by path, the leaves alone",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" allowNested="true" choice="multiple">{TREE}',
        data="Alice bought shares.",
        answer=["Other", "News > Business"],
        regions=[Region("choices", {"choices": [["News", "biz"], ["Other"]]})],
        invalid=[["News"], ["Business"], ["News > Other"], ["News", "Business"]],
    ),
    Case(
        name="nested, where only the topmost are shown",
        config=f'<View>{TEXT}<Choices name="topic" toName="text">{TREE}',
        data="Alice bought shares.",
        answer="News",
        regions=[Region("choices", {"choices": ["News"]})],
        invalid=["News > Business", "Business"],
    ),
    Case(
        name="labels of the task's own, nested",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" value="$options" allownested="true"/></View>',
        data={
            "text": "Alice went.",
            "options": [{"value": "To go", "children": [{"value": "On foot"}]}, {"value": "No"}],
        },
        answer="To go > On foot",
        regions=[Region("choices", {"choices": [["To go", "On foot"]]})],
        invalid=["To go", "On foot", "Maybe"],
    ),
)
