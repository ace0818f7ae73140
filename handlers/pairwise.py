"""Comparison: `<Pairwise>`, which of two objects it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, ObjectTag, Region
from backend.system.writing import JSON

SIDES = ("left", "right")


class PairwiseHandler(Handler):
    """The left or the right one."""

    tags = frozenset({"Pairwise"})
    template = "pairwise"
    role = Role(asks_itself=True, offers_labels=False, words=())

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse anything but two objects."""
        return None if len(control.to_names) == 2 else f"its toName names {len(control.to_names)} objects, not two"

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return left or right."""
        return Literal[SIDES]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return the names of both objects, and `wanted`: what to choose by, in the config's words or by the name."""
        left, right = control.to_names
        return {"left": left, "right": right, "wanted": control.question or f"the one to choose for {control.spoken}"}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the side."""
        return [Region("pairwise", {"selected": answer})]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the side."""
        sides = [result["value"].get("selected") for result in results]
        return sides[-1] if sides else document.refuse("it leaves out what is asked")

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for a side."""
        return "" if value.get("selected") in SIDES else "is neither left nor right"


HANDLER = PairwiseHandler()

CONFIG = '<View><Text name="a" value="$one"/><Text name="b" value="$two"/><Pairwise name="pw" toName="a,b"{}/></View>'
CASES = (
    Case(
        name="left",
        config=CONFIG.format(""),
        data={"one": "Alice is right.", "two": "Alice is wrong."},
        answer="left",
        regions=[Region("pairwise", {"selected": "left"})],
        invalid=["a", "both", ["left"], None],
    ),
    Case(
        name="right",
        config=CONFIG.format(' required="true"'),
        data={"one": "No.", "two": "Alice is right."},
        answer="right",
        regions=[Region("pairwise", {"selected": "right"})],
        invalid=[""],
    ),
)
