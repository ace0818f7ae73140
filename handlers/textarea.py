"""Text generation: `<TextArea>`, one answer for the whole text."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

from backend.types import Case, Control, Document, ObjectTag, Region


class TextAreaHandler:
    """A text that the model writes: a summary, a translation, an answer."""

    tags = frozenset({"TextArea"})
    template = "textarea"

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:  # noqa: ARG002
        """Refuse other objects than Text."""
        return None if obj.tag == "Text" else f"on <{obj.tag}>"

    def answer_type(self, control: Control) -> Any:
        """Return a string; not an empty one where the control is required."""
        least = 1 if control.flag("required") else 0
        return Annotated[str, StringConstraints(strip_whitespace=True, min_length=least)]

    def instruction(self, control: Control) -> Mapping[str, str]:
        """Return `wanted`: what to write, by the config's own words or by the control's name."""
        name = control.from_name.replace("_", " ").replace("-", " ")
        return {"wanted": control.question or f"the {name} of the text"}

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:  # noqa: ARG002
        """Give the text with the original values in it."""
        return [Region("textarea", {"text": [document.restore(answer)]})] if answer else []


HANDLER = TextAreaHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="one answer",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text"/></View>',
        text="Alice joined Acme.",
        answer="  Alice joined. ",
        regions=[Region("textarea", {"text": ["Alice joined."]})],
        invalid=[["Alice joined."], None, 3],
    ),
    Case(
        name="nothing to say",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text"/></View>',
        text="Alice joined Acme.",
        answer="",
        regions=[],
        invalid=[],
    ),
    Case(
        name="required",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text" required="true"/></View>',
        text="Alice joined Acme.",
        answer="Joined.",
        regions=[Region("textarea", {"text": ["Joined."]})],
        invalid=["", "  "],
    ),
)
