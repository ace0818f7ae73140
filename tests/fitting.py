"""A task for any label config, and an answer to it: each field holds what the tag that shows it takes."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from backend.labelstudio.paths import canonical_path
from backend.labelstudio.types import ObjectTag, Plan
from backend.labelstudio.variables import fields_in
from tests.standin import Answer, fitting_answer

WORDS = "About nothing."
"""What the stand-in marks and writes, where it is told nothing else."""
TEXT = f"{WORDS} The bus came late."


def fitting_answer_to(plan: Plan) -> Answer:
    """Return what answers as the stand-in does, within the bounds of a plan's numbers and dates."""
    controls = {control.from_name: control for control in plan.controls}

    def within(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: within(name, part) for name, part in value.items()}
        if isinstance(value, list):
            return [within(key, part) for part in value]
        control = controls.get(key.removesuffix(" (answer)"))
        if control and control.tag == "Number":
            bounds = [bound for bound in map(control.number, ("min", "max")) if bound is not None]
            return int(bounds[0]) if bounds and bounds[0] == int(bounds[0]) else bounds[0] if bounds else value
        if control and control.tag == "DateTime":
            bound = next((b for b in map(control.attrs.get, ("min", "max")) if b and b[0].isdigit()), "")
            return (bound + value[len(bound) :])[: len(value)]
        return value

    return lambda request, schema: within("", fitting_answer(request, schema))


def fitting_data(plan: Plan, address: str = "") -> dict[str, Any]:
    """Return a task's data, that everything which is planned can be read from.

    Args:
        plan: of a label config.
        address: where the text stands that objects with `valueType="url"` name.
    """
    data: dict[str, Any] = {}
    for obj in plan.objects:
        value = address if obj.is_url and obj.tag in ("Text", "HyperText") else _value(obj)
        for field in obj.fields:
            _put(data, field, value if obj.field else TEXT)
    for control in plan.controls:
        if control.labels_field:
            _put(data, control.labels_field, [{"value": "Good"}, {"value": "Bad"}])
    said = [word for control in plan.controls for word in control.words] + [header.value for header in plan.headers]
    for field in frozenset().union(*map(fields_in, said)):
        _put(data, field, "Is it good?")
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
    """Put a value at a path such as `turns[0].says`, if no other value stands there or above."""
    steps = canonical_path(path)
    place: Any = data
    for step, following in pairwise(steps):
        below: Any = [] if following.isdecimal() else {}
        place = _at(place, step, below)
    _at(place, steps[-1], value)


def _at(place: Any, step: str, value: Any) -> Any:
    if isinstance(place, dict):
        return place.setdefault(step, value)
    if not isinstance(place, list) or not step.isdecimal():
        return place
    place.extend({} for _ in range(int(step) + 1 - len(place)))
    place[int(step)] = place[int(step)] or value
    return place[int(step)]
