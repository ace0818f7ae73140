"""Classification: `<Choices>`, single and multiple, with aliases."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.types import Case, Control, Document, ObjectTag, Region


class ChoicesHandler:
    """One label, or several, for the whole text."""

    tags = frozenset({"Choices"})
    template = "choices"

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse other objects than Text, and a tag without labels."""
        if obj.tag != "Text":
            return f"on <{obj.tag}>"
        return None if control.labels else "it has no <Choice>"

    def answer_type(self, control: Control) -> Any:
        """Return one of the labels, or a list of them."""
        label: Any = Literal[tuple(label.name for label in control.labels)]
        if not _is_multiple(control):
            return label
        least = 1 if control.flag("required") else 0
        return Annotated[list[label], Field(min_length=least, max_length=len(control.labels))]

    def instruction(self, control: Control) -> Mapping[str, str]:
        """Return `choose`: how many labels to give."""
        return {"choose": "a list of all labels that apply" if _is_multiple(control) else "exactly one label"}

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:  # noqa: ARG002
        """Give the labels as Label Studio stores them: by alias where there is one."""
        chosen = set(answer) if _is_multiple(control) else {answer}
        results = [label.result for label in control.labels if label.name in chosen]
        return [Region("choices", {"choices": results})] if results else []


def _is_multiple(control: Control) -> bool:
    return control.attrs.get("choice") == "multiple"


HANDLER = ChoicesHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="single",
        config=f'<View>{TEXT}<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
        "</View>",
        text="Alice loves it.",
        answer="Good",
        regions=[Region("choices", {"choices": ["Good"]})],
        invalid=["Neutral", "good", ["Good"], None],
    ),
    Case(
        name="multiple, in the config's order and once each",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple"><Choice value="A"/>'
        '<Choice value="B"/><Choice value="C"/></Choices></View>',
        text="Alice went there.",
        answer=["C", "A", "C"],
        regions=[Region("choices", {"choices": ["A", "C"]})],
        invalid=["A", ["D"], ["A", "D"]],
    ),
    Case(
        name="multiple, none applies",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple"><Choice value="A"/></Choices>'
        "</View>",
        text="Alice went there.",
        answer=[],
        regions=[],
        invalid=["A"],
    ),
    Case(
        name="multiple, required",
        config=f'<View>{TEXT}<Choices name="topic" toName="text" choice="multiple" required="true"><Choice value="A"/>'
        "</Choices></View>",
        text="Alice went there.",
        answer=["A"],
        regions=[Region("choices", {"choices": ["A"]})],
        invalid=[[]],
    ),
    Case(
        name="an alias stands in the result",
        config=f'<View>{TEXT}<Choices name="topic" toName="text"><Choice value="Good feedback" alias="pos"/>'
        '<Choice value="Bad feedback" alias="neg"/></Choices></View>',
        text="Alice loves it.",
        answer="Good feedback",
        regions=[Region("choices", {"choices": ["pos"]})],
        invalid=["pos"],
    ),
)
