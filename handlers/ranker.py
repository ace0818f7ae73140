"""Ranking: `<Ranker>` on `<List>`, in one order or into buckets."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, ObjectTag, Region
from backend.system.writing import JSON

FIRST = 100
"""Score of what comes first: whether that is the best or the worst, the config says."""


class RankerForm(BaseModel):
    """Base of the answers' forms."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class RankerHandler(Handler):
    """The items of a list by their scores, in one order or within buckets.

    A score for each item is an answer that always makes an order; a list of all numbers, each once, is more than small
    models can hold to. Items of one score keep the list's order.
    """

    tags = frozenset({"Ranker"})
    template = "ranker"
    role = Role(asks_itself=True, offers_labels=False, words=())

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse other objects than List."""
        return None if obj.tag == "List" else f"on {obj.tag}"

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a score for each item, by its number; and a bucket, or none, where there are buckets."""
        score: Any = Annotated[int, Field(strict=True, ge=0, le=FIRST)]
        if control.labels:
            bucket: Any = Literal[tuple(label.name for label in control.labels)]
            score = create_model("Place", __base__=RankerForm, bucket=(bucket | None, ...), score=(score, ...))
        fields: dict[str, Any] = {f"i{n}": (score, Field(alias=str(n))) for n in range(1, items + 1)}
        return create_model("Scores", __base__=RankerForm, **fields)

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `form`, how many `items` there are, and `wanted`: what to rank by, in the config's own words."""
        form = f"a score from 0 to {FIRST}"
        if control.labels:
            named = ", ".join(f'"{label.name}"' for label in control.labels)
            form = f'{{"bucket": one of {named}, or null, "score": {form}}}'
        return {"form": form, "items": str(items), "wanted": control.question or f"by {control.spoken}"}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the items' ids, the highest score first."""
        given = [(getattr(answer, f"i{n}"), item) for n, item in enumerate(document.items, 1)]
        if not control.labels:
            ranked = sorted(given, key=lambda pair: -pair[0])
            return [Region("ranker", {"ranker": {control.from_name: [item for _, item in ranked]}})]
        # As in the editor, where all items stand in the default bucket at first.
        default = next((label.name for label in control.labels if label.attrs.get("default") == "true"), None)
        ranked = sorted(given, key=lambda pair: -pair[0].score)
        columns = {
            label.result: [item for place, item in ranked if (place.bucket or default) == label.name]
            for label in control.labels
        }
        return [Region("ranker", {"ranker": columns})] if any(columns.values()) else []

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return scores that fall from one item to the next."""
        given = results[-1]["value"].get("ranker") if results else None
        columns: Mapping[str, Any] = given if isinstance(given, Mapping) else {control.from_name: given}
        if not all(isinstance(column, list) for column in columns.values()):
            document.refuse("it leaves out what is asked")
        buckets = {label.result: label.name for label in control.labels}
        placed = {
            str(i): (buckets.get(name), _fallen(n, len(c))) for name, c in columns.items() for n, i in enumerate(c)
        }
        answer: dict[str, Any] = {}
        for number, item in enumerate(document.items, 1):
            if item not in placed and not buckets:
                document.refuse("it leaves out an item")
            bucket, score = placed.get(item, (None, 0))
            answer[str(number)] = {"bucket": bucket, "score": score} if buckets else score
        return answer

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for items of the list, once each, in buckets of the tag."""
        columns = value.get("ranker")
        names = {label.result for label in control.labels} or {control.from_name}
        if not isinstance(columns, Mapping) or not set(columns) <= names:
            return "has a bucket that the config does not have"
        if not all(isinstance(column, list) for column in columns.values()):
            return "has a bucket that is no list"
        items = [item for column in columns.values() for item in column]
        if len(set(items)) < len(items) or not set(items) <= set(content.ids):
            return "has an item twice, or one that the list does not have"
        return "" if control.labels or len(items) == len(content.ids) else "leaves out an item"


def _fallen(place: int, count: int) -> int:
    """Return the score of an item by its place among so many."""
    return FIRST if count < 2 else round(FIRST * (count - 1 - place) / (count - 1))


HANDLER = RankerHandler()

LIST = '<List name="answers" value="$items"/>'
ITEMS = {"items": [{"id": "x", "title": "A", "body": "Alice"}, {"id": 7, "html": "<b>Bob</b>"}, {"id": "z"}]}
BUCKETS = '<Bucket name="good" title="Good ones"/><Bucket name="bad" title="Bad ones"{}/></Ranker></View>'
CASES = (
    Case(
        name="one order, of equals as in the list",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers"/></View>',
        data=ITEMS,
        answer={"1": 50, "2": 90, "3": 50},
        regions=[Region("ranker", {"ranker": {"rank": ["7", "x", "z"]}})],
        invalid=[{"1": 1, "2": 2}, {"1": 1, "2": 2, "3": 101}, {"1": 1, "2": 2, "3": 3, "4": 4}, [1, 2, 3], None],
    ),
    Case(
        name="into buckets, or none",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers">{BUCKETS.format("")}',
        data=ITEMS,
        answer={
            "1": {"bucket": "Good ones", "score": 10},
            "2": {"bucket": None, "score": 0},
            "3": {"bucket": "Good ones", "score": 20},
        },
        regions=[Region("ranker", {"ranker": {"good": ["z", "x"], "bad": []}})],
        invalid=[{"1": 5, "2": 5, "3": 5}, {str(n): {"bucket": "good", "score": 1} for n in (1, 2, 3)}],
    ),
    Case(
        name="into buckets, the rest into the default",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers">' + BUCKETS.format(' default="true"'),
        data=ITEMS,
        answer={
            "1": {"bucket": None, "score": 1},
            "2": {"bucket": "Bad ones", "score": 2},
            "3": {"bucket": "Good ones", "score": 3},
        },
        regions=[Region("ranker", {"ranker": {"good": ["z"], "bad": ["7", "x"]}})],
        invalid=[],
    ),
)
