"""Rating: `<Rating>`, stars from one to `maxRating`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, ObjectTag, Region
from backend.system.writing import JSON

MOST = 5  # Label Studio's default


class RatingHandler(Handler):
    """A number of stars."""

    tags = frozenset({"Rating"})
    template = "rating"
    role = Role(offers_labels=False, is_scale=True, words=())

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse a tag without stars."""
        most = control.number("maxRating")
        return "its maxRating is below 1" if most is not None and most < 1 else None

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return an integer from 1 to maxRating."""
        return Annotated[int, Field(strict=True, ge=1, le=_most(control))]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `most`, and `wanted`: what to rate, by the config's own words or by the control's name."""
        return {"most": str(_most(control)), "wanted": control.question or control.spoken}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the stars."""
        return [Region("rating", {"rating": answer})]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the stars."""
        stars = [result["value"].get("rating") for result in results]
        return stars[-1] if stars else document.refuse("it leaves out what is asked")

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for as many stars as the tag has."""
        stars = value.get("rating")
        if type(stars) is not int:
            return "is no integer"
        return "" if 1 <= stars <= (control.number("maxRating") or MOST) else "is out of bounds"


def _most(control: Control) -> int:
    return max(int(control.number("maxRating") or MOST), 1)


HANDLER = RatingHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="five stars",
        config=f'<View>{TEXT}<Rating name="quality" toName="text"/></View>',
        data="Alice loves it.",
        answer=5,
        regions=[Region("rating", {"rating": 5})],
        invalid=[0, 6, "4", 4.5, None, True],
    ),
    Case(
        name="as many as the tag has",
        config=f'<View>{TEXT}<Rating name="quality" toName="text" maxRating="7"/></View>',
        data="Alice loves it.",
        answer=7,
        regions=[Region("rating", {"rating": 7})],
        invalid=[8],
    ),
)
