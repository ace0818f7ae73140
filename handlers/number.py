"""Numbers: `<Number>`, within `min` and `max`, in steps."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, ObjectTag, Region
from backend.system.writing import JSON

PLACEHOLDER = r"^\[[A-Z][A-Z0-9_]*_[0-9]+\]$"
NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)?(?![\w]|[.,]\d)")


class NumberHandler(Handler):
    """A number; or the placeholder that hides it, whose original is read."""

    tags = frozenset({"Number"})
    template = "number"
    role = Role(offers_labels=False, words=())

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse bounds that no number is within."""
        least, most = control.number("min"), control.number("max")
        return "its min is above its max" if least is not None and most is not None and least > most else None

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a number within the tag's bounds, or a placeholder."""
        kind: Any = int if _is_whole(control) else float
        bounds = Field(ge=control.number("min"), le=control.number("max"), allow_inf_nan=None if kind is int else False)
        number: Any = Annotated[kind, Field(strict=True), bounds, AfterValidator(lambda n: _checked(control, n))]
        return number | Annotated[str, StringConstraints(pattern=PLACEHOLDER)]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `bounds`, and `wanted`: what number, by the config's own words or by the control's name."""
        said = {"from": "min", "to": "max", "in steps of": "step"}
        bounds = " ".join(f"{words} {control.attrs[key]}" for words, key in said.items() if control.attrs.get(key))
        return {"bounds": f" {bounds}" if bounds else "", "wanted": control.question or control.spoken}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the number; a whole one as an integer."""
        is_hidden = isinstance(answer, str)
        its: float | None = _read(document.restore(answer)) if is_hidden else document.restore_number(answer)
        if its is None or _problem(control, its):
            document.drop("a value stands for it that is no number in the tag's bounds")
            return []
        return [Region("number", {"number": _plain(its)})]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the number; or the placeholder that hides it, if it stands in the text no other way."""
        numbers = [result["value"].get("number") for result in results]
        if not numbers:
            document.refuse("it leaves out what is asked")
        hiding = {token for token, value in document.hidden if _read(value) == numbers[-1]}
        shown = {float(found.replace(",", ".")) for found in NUMBER.findall(document.text)}
        if not hiding or numbers[-1] in shown:
            return numbers[-1]
        if len(hiding) > 1:
            document.refuse("several hidden values may stand for it")
        token = hiding.pop()
        number = None if token.startswith("[") else _read(token)
        return token if number is None else _plain(number)

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for a number within the tag's bounds, in its steps."""
        number = value.get("number")
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            return "is no number"
        return _problem(control, number)


def _is_whole(control: Control) -> bool:
    step, least = control.number("step"), control.number("min") or 0
    return step is not None and step == int(step) and least == int(least)


def _problem(control: Control, number: float) -> str:
    least, most, step = control.number("min"), control.number("max"), control.number("step")
    if (least is not None and number < least) or (most is not None and number > most):
        return "is out of bounds"
    if step and not math.isclose((number - (least or 0)) / step, round((number - (least or 0)) / step), abs_tol=1e-9):
        return "is between two steps"
    return ""


def _checked(control: Control, number: float) -> float:
    if problem := _problem(control, number):
        raise ValueError(problem)
    return number


def _read(words: str) -> float | None:
    """Return the number in some words, if there is one alone, such as 45 in `45 years`."""
    found = NUMBER.findall(words)
    return float(found[0].replace(",", ".")) if len(found) == 1 else None


def _plain(number: float) -> float:
    """Return a whole number as an integer."""
    return int(number) if number == int(number) else number


HANDLER = NumberHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="within bounds",
        config=f'<View>{TEXT}<Number name="pain" toName="text" min="0" max="10"/></View>',
        data="Alice says seven of ten.",
        answer=7,
        regions=[Region("number", {"number": 7})],
        invalid=[-1, 11, "7", None, True, [7], "seven"],
    ),
    Case(
        name="in steps from the least",
        config=f'<View>{TEXT}<Number name="dose" toName="text" min="0.5" max="2" step="0.25"/></View>',
        data="Alice took three quarters.",
        answer=0.75,
        regions=[Region("number", {"number": 0.75})],
        invalid=[0.6, 0.25, 2.25],
    ),
    Case(
        name="whole steps",
        config=f'<View>{TEXT}<Number name="age" toName="text" step="1"/></View>',
        data="Alice is 45.",
        answer=45,
        regions=[Region("number", {"number": 45})],
        invalid=[45.5],
    ),
)
