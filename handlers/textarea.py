"""Text generation: `<TextArea>`, one answer or as many as `maxSubmissions` allows."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import is_list_of_texts
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Region
from backend.system.writing import JSON


class TextAreaHandler(Handler):
    """A text that the model writes: a summary, a translation, an answer."""

    tags = frozenset({"TextArea"})
    template = "textarea"
    role = Role(offers_labels=False, takes_prompt=True, words=("text",))

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a string, or a list of them; none empty where the control is required."""
        least = 1 if control.flag("required") else 0
        most = _most(control)
        text: Any = Annotated[str, StringConstraints(strip_whitespace=True, min_length=least if most == 1 else 1)]
        return text if most == 1 else Annotated[list[text], Field(min_length=least, max_length=most)]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `form`, and `wanted`: what to write, by the config's own words or by the control's name."""
        most = _most(control)
        form = "a string" if most == 1 else f"a list of up to {most} strings"
        return {"form": form, "wanted": control.question or f"the {control.spoken} of the text"}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the texts with the original values in them."""
        texts = [document.restore(text) for text in ([answer] if isinstance(answer, str) else answer) if text]
        if control.flag("skipDuplicates"):
            texts = list(dict.fromkeys(texts))
        return [Region("textarea", {"text": texts})] if texts else []

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the texts as a model may say them."""
        given = [text for result in results for text in _listed(result["value"].get("text"))]
        texts = [document.hide(text) for text in given]
        if _most(control) > 1:
            return texts
        return "".join(texts) if len(texts) < 2 else document.refuse("it has several texts where one is asked for")

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for texts, no more than may be submitted."""
        texts = value.get("text")
        if not is_list_of_texts(texts):
            return "is no list of texts"
        most = control.number("maxSubmissions")
        return "has too many texts" if most and 0 < most < len(value["text"]) else ""


def _most(control: Control) -> int:
    """Return how many texts may be submitted; one where the tag sets no limit, as one is what people expect."""
    return max(int(control.number("maxSubmissions") or 1), 1)


def _listed(text: Any) -> list[str]:
    return [one for one in (text if isinstance(text, list) else [text]) if isinstance(one, str) and one.strip()]


HANDLER = TextAreaHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="one answer",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text"/></View>',
        data="Alice joined Acme.",
        answer="  Alice joined. ",
        regions=[Region("textarea", {"text": ["Alice joined."]})],
        invalid=[["Alice joined."], None, 3],
    ),
    Case(
        name="nothing to say",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text"/></View>',
        data="Alice joined Acme.",
        answer="",
        regions=[],
        invalid=[],
    ),
    Case(
        name="required",
        config=f'<View>{TEXT}<TextArea name="summary" toName="text" required="true"/></View>',
        data="Alice joined Acme.",
        answer="Joined.",
        regions=[Region("textarea", {"text": ["Joined."]})],
        invalid=["", "  "],
    ),
    Case(
        name="many answers, once each",
        config=f'<View>{TEXT}<TextArea name="keys" toName="text" maxSubmissions="3" skipDuplicates="true"/></View>',
        data="Alice joined Acme.",
        answer=["Alice", "Acme", "Alice"],
        regions=[Region("textarea", {"text": ["Alice", "Acme"]})],
        invalid=["Alice", ["a", "b", "c", "d"], [""]],
    ),
)
