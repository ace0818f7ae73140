"""Ranking: `<Ranker>` on `<List>`, in one order or into buckets."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from backend.types import Case, Control, Document, Handler, ObjectTag, Region


class Buckets(BaseModel):
    """Items by bucket; one item stands in one bucket at most."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="after")
    def _once(self) -> "Buckets":
        _distinct([number for name in type(self).model_fields for number in getattr(self, name)])
        return self


class RankerHandler(Handler):
    """The items of a list, by their numbers, in an order or in buckets."""

    tags = frozenset({"Ranker"})
    template = "ranker"

    def refusal(self, control: Control, obj: ObjectTag) -> str | None:  # noqa: ARG002
        """Refuse other objects than List."""
        return None if obj.tag == "List" else f"on <{obj.tag}>"

    def answer_type(self, control: Control, items: int) -> Any:
        """Return the numbers of all items, each once; or a list of numbers for each bucket."""
        number: Any = Literal[tuple(range(1, items + 1))]
        if not control.labels:
            return Annotated[list[number], Field(min_length=items, max_length=items), AfterValidator(_distinct)]
        some: Any = Annotated[list[number], Field(max_length=items)]
        fields: dict[str, Any] = {
            f"b{index}": (some, Field(alias=label.result)) for index, label in enumerate(control.labels)
        }
        return create_model("Buckets", __base__=Buckets, **fields)

    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `form`, and `wanted`: what to rank by, in the config's own words."""
        if control.labels:
            named = "; ".join(f'"{label.result}" ({label.name})' for label in control.labels)
            form = f"an object with a list of item numbers, the best first, for each of: {named}; no number twice"
        else:
            form = f"a list of all item numbers from 1 to {items}, the best first, each once"
        return {"form": form, "wanted": f" {control.question}" if control.question else ""}

    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the items' ids."""
        if not control.labels:
            return [Region("ranker", {"ranker": {control.from_name: [document.items[n - 1] for n in answer]}})]
        columns = {
            label.result: [document.items[number - 1] for number in getattr(answer, f"b{index}")]
            for index, label in enumerate(control.labels)
        }
        placed = {item for column in columns.values() for item in column}
        default = next((label for label in control.labels if label.attrs.get("default") == "true"), None)
        if default:  # as in the editor, where all items stand in it at first
            columns[default.result] += [item for item in document.items if item not in placed]
        return [Region("ranker", {"ranker": columns})] if any(columns.values()) else []


def _distinct(numbers: list[int]) -> list[int]:
    if len(set(numbers)) < len(numbers):
        raise ValueError("an item stands in it twice")
    return numbers


HANDLER = RankerHandler()

LIST = '<List name="answers" value="$items"/>'
ITEMS = {"items": [{"id": "x", "title": "A", "body": "Alice"}, {"id": 7, "html": "<b>Bob</b>"}, {"id": "z"}]}
BUCKETS = '<Bucket name="good" title="Good ones"/><Bucket name="bad" title="Bad ones"{}/></Ranker></View>'
CASES = (
    Case(
        name="one order",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers"/></View>',
        data=ITEMS,
        answer=[2, 1, 3],
        regions=[Region("ranker", {"ranker": {"rank": ["7", "x", "z"]}})],
        invalid=[[1, 2], [1, 2, 2], [1, 2, 4], ["x", "7", "z"], None],
    ),
    Case(
        name="into buckets",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers">{BUCKETS.format("")}',
        data=ITEMS,
        answer={"good": [3, 1], "bad": []},
        regions=[Region("ranker", {"ranker": {"good": ["z", "x"], "bad": []}})],
        invalid=[{"good": [1]}, {"good": [1], "bad": [1]}, {"good": [1, 1], "bad": []}, {"ugly": [1]}, [1, 2, 3]],
    ),
    Case(
        name="into buckets, the rest into the default",
        config=f'<View>{LIST}<Ranker name="rank" toName="answers">' + BUCKETS.format(' default="true"'),
        data=ITEMS,
        answer={"good": [3], "bad": [2]},
        regions=[Region("ranker", {"ranker": {"good": ["z"], "bad": ["7", "x"]}})],
        invalid=[],
    ),
)
