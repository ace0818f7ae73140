"""Plan → the pydantic model that an answer must fit: one field a control, under the control's own name."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from backend.handler import Handler
from backend.types import Control, Label, Plan

MAX_REGIONS = 500
GIVEN = "regions"
"""The key of the answers about regions that are there already."""


class Answer(BaseModel):
    """Base of all answers. Its errors never show what the model said."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class About:
    """A region that is there already.

    Attributes:
        obj: its object tag.
        words: what it is, as the model may see it.
    """

    obj: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What one call asks.

    Attributes:
        plan: bound to the task.
        controls: those of the plan that are asked, without those that are asked for each region.
        items: how many items each List has, by object.
        given: the regions that are there already, by their keys in the answer.
    """

    plan: Plan
    controls: tuple[Control, ...]
    items: Mapping[str, int]
    given: Mapping[str, About]

    def inner(self, control: Control, handlers: Mapping[str, Handler]) -> tuple[Control, ...]:
        """Return the controls that are asked for each region that a control gives."""
        return self.plan.per_region(control.to_name) if handlers[control.tag].gives_regions else ()

    def count(self, control: Control) -> int:
        """Return how many items the control's object has."""
        return self.items.get(control.to_name, 0)


def compose_answer(question: Question, handlers: Mapping[str, Handler]) -> type[Answer]:
    """Build the answer's type from all the controls, so that one call answers them all."""
    fields: dict[str, Any] = {}
    for index, control in enumerate(question.controls):
        wanted = _type(question, control, handlers)
        fields[_key(index)] = (wanted, Field(alias=control.from_name, repr=False))
    if question.given:
        fields["given"] = (_given(question, handlers), Field(alias=given_name(question), repr=False))
    return create_model("Answer", __base__=Answer, **fields)


def parts(question: Question, answer: Answer) -> list[tuple[Control, Any]]:
    """Return each control with its part of the answer; None where a conditional control got none."""
    return [(control, getattr(answer, _key(index))) for index, control in enumerate(question.controls)]


def inner_parts(controls: Sequence[Control], region: Any) -> list[tuple[Control, Any]]:
    """Return each control that is asked for each region, with its part of the answer about one."""
    return [(control, getattr(region, _key(index))) for index, control in enumerate(controls)]


def given_parts(question: Question, answer: Answer) -> list[tuple[str, list[tuple[Control, Any]]]]:
    """Return, by key, the answers about the regions that are there already."""
    about = getattr(answer, "given", None)
    return [
        (key, inner_parts(question.plan.per_region(region.obj), getattr(about, f"r{key}")))
        for key, region in (question.given.items() if about is not None else ())
    ]


def inner_names(controls: Sequence[Control], taken: frozenset[str]) -> list[str]:
    """Return the keys under which controls stand in a region's part of the answer."""
    return [c.from_name if c.from_name not in taken else f"{c.from_name} (answer)" for c in controls]


def any_question(plan: Plan, handlers: Mapping[str, Handler]) -> Question:
    """Return what is asked of any task, with stand-ins for what a task brings."""
    bound = replace(plan, controls=tuple(replace(c, labels=c.labels or _stand_in(c)) for c in plan.controls))
    items = {obj.name: 2 for obj in plan.objects if obj.tag == "List"}
    chats = [obj.name for obj in plan.objects if obj.tag == "Chat" and plan.per_region(obj.name)]
    given = {str(number): About(name, "") for number, name in enumerate(chats, 1)}
    asked = tuple(c for c in bound.asked if handlers[c.tag].answer_type(c, items.get(c.to_name, 0)) is not None)
    return Question(bound, asked, items, given)


def _stand_in(control: Control) -> tuple[Label, ...]:
    """Return a label in the place of those that a task brings."""
    name = f"${control.labels_field}"
    return (Label(name, name, path=(name,)),) if control.labels_field else ()


def digest(plan: Plan, handlers: Mapping[str, Handler]) -> str:
    """Return a hash of the answer's JSON Schema, as it is for any task."""
    schema = compose_answer(any_question(plan, handlers), handlers).model_json_schema()
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


def _type(question: Question, control: Control, handlers: Mapping[str, Handler]) -> Any:
    handler = handlers[control.tag]
    wanted = handler.answer_type(control, question.count(control))
    if handler.gives_regions:
        region: Any = _with_inner(wanted, question.inner(control, handlers), question, handlers)
        least = 1 if control.flag("required") and not control.conditions else 0
        most = handler.most(control)
        return Annotated[list[region], Field(min_length=least, max_length=most or MAX_REGIONS)]
    return wanted | None if control.conditions else wanted


def _with_inner(base: Any, inner: Sequence[Control], question: Question, handlers: Mapping[str, Handler]) -> Any:
    """Add the controls that are asked for each region to a region's model."""
    if not inner:
        return base
    names = inner_names(inner, frozenset(base.model_fields))
    fields: dict[str, Any] = {
        _key(index): (_type(question, control, handlers), Field(alias=name, repr=False))
        for index, (control, name) in enumerate(zip(inner, names, strict=True))
    }
    return create_model(base.__name__, __base__=base, **fields)


def _given(question: Question, handlers: Mapping[str, Handler]) -> Any:
    fields: dict[str, Any] = {}
    for key, region in question.given.items():
        about = _with_inner(Answer, question.plan.per_region(region.obj), question, handlers)
        fields[f"r{key}"] = (about, Field(alias=key, repr=False))
    return create_model("Given", __base__=Answer, **fields)


def given_name(question: Question) -> str:
    """Return the key of the answers about the regions that are there already."""
    taken = {control.from_name for control in question.controls}
    return GIVEN if GIVEN not in taken else f"{GIVEN} there"


def _key(index: int) -> str:
    # Names of controls are free text; pydantic's field names are not.
    return f"c{index}"
