"""A task for any label config: each field that its plan reads holds what the tag that shows it takes."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from backend.paths import canonical
from backend.types import ObjectTag, Plan

WORDS = "About nothing."
"""What the stand-in marks and writes, where it is told nothing else."""
TEXT = f"{WORDS} The bus came late."


def fitting_data(plan: Plan) -> dict[str, Any]:
    """Return a task's data, that everything which is planned can be read from."""
    data: dict[str, Any] = {}
    for obj in plan.objects:
        for field in obj.fields:
            _put(data, field, _value(obj) if obj.field else TEXT)
    for control in plan.controls:
        if control.labels_field:
            _put(data, control.labels_field, [{"value": "Good"}, {"value": "Bad"}])
    return data


def _value(obj: ObjectTag) -> Any:
    """Return what an object tag shows."""
    name, text = obj.attrs.get("namekey") or "author", obj.attrs.get("textkey") or "text"
    rows: Mapping[str, Any] = {
        "Paragraphs": [{name: "Ann", text: TEXT}, {name: "Bob", text: "It rained."}],
        "List": [{"id": "a", "title": TEXT}, {"id": "b", "body": "It rained."}],
        "Table": {"Weather": TEXT},
        "Chat": [],  # what is asked of some is the next message
    }
    return rows.get(obj.tag, TEXT)


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path such as `turns[0].says`."""
    steps = canonical(path)
    place: Any = data
    for step, following in pairwise(steps):
        below: Any = [] if following.isdecimal() else {}
        place = _at(place, step, below)
    _at(place, steps[-1], value)


def _at(place: Any, step: str, value: Any) -> Any:
    if isinstance(place, dict):
        return place.setdefault(step, value)
    place.extend({} for _ in range(int(step) + 1 - len(place)))
    place[int(step)] = place[int(step)] or value
    return place[int(step)]
