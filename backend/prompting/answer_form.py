"""Plan → the pydantic model that an answer must fit: one field a control, under a key that every provider takes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, create_model

from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control, Label, Plan
from backend.prompting.answer_keys import free_key, is_plain, make_answer_keys
from backend.system.writing import JSON

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


@dataclass(frozen=True)
class Question:
    """What one call asks.

    Attributes:
        plan: bound to the task.
        controls: those of the plan that are asked, without those that are asked for each region.
        items: how many items each List has, by object.
        given: the regions that are there already, by their keys in the answer.
        is_part: whether a part of the text is shown, which need not hold what the whole must.
    """

    plan: Plan
    controls: tuple[Control, ...]
    items: Mapping[str, int]
    given: Mapping[str, About]
    is_part: bool = False

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The keys under which controls stand in an answer, by name; the same in all calls about a task."""
        return make_answer_keys(control.from_name for control in (*self.plan.controls, *self.controls))

    def inner_keys(self, controls: Sequence[Control], form: type[BaseModel]) -> Mapping[str, str]:
        """Return the keys under which controls stand in the part of the answer about a region, by name.

        Args:
            controls: that are asked for each region.
            form: what else stands there.
        """
        own = {each.alias or name for name, each in form.model_fields.items()}
        taken = {key.casefold() for key in own.union(*(self.keys[c.from_name] for c in controls))}
        return {
            name: free_key(f"{key}_answer", taken) if (key := self.keys[name]) in own else key
            for name in (control.from_name for control in controls)
        }

    @cached_property
    def given_key(self) -> str:
        """The key of the answers about the regions that are there already."""
        taken = {self.keys[control.from_name] for control in self.controls}
        return GIVEN if GIVEN not in taken else free_key(f"{GIVEN}_there", {key.casefold() for key in taken})

    def inner(self, control: Control) -> tuple[Control, ...]:
        """Return the controls that are asked for each region that a control gives."""
        return self.plan.per_region(control.to_name) if control.role.gives_regions else ()

    def count(self, control: Control) -> int:
        """Return how many items the control's object has."""
        return self.items.get(control.to_name, 0)


def compose_answer(question: Question, handlers: Mapping[str, Handler]) -> type[Answer]:
    """Build the answer's type from all the controls, so that one call answers them all."""
    fields: dict[str, Any] = {}
    for index, control in enumerate(question.controls):
        wanted = _type(question, control, handlers)
        fields[_key(index)] = (wanted, _field(question.keys[control.from_name], control))
    if question.given:
        fields["given"] = (_given(question, handlers), Field(alias=question.given_key, repr=False))
    return create_model("Answer", __base__=Answer, **fields)


def answer_parts(question: Question, answer: Answer) -> list[tuple[Control, Any]]:
    """Return each control with its part of the answer; None where a conditional control got none."""
    return [(control, getattr(answer, _key(index))) for index, control in enumerate(question.controls)]


class InnerPart(NamedTuple):
    """A control that is asked for each region, with its part of the answer about one.

    Attributes:
        key: under which that stands.
        part: None where the control got none.
    """

    control: Control
    key: str
    part: Any


def inner_parts(controls: Sequence[Control], region: BaseModel) -> list[InnerPart]:
    """Return each control that is asked for each region, with its part of the answer about one."""
    form = type(region).model_fields
    keys = [(_key(index), control) for index, control in enumerate(controls)]
    return [InnerPart(control, form[key].alias or key, getattr(region, key)) for key, control in keys]


def given_parts(question: Question, answer: Answer) -> list[tuple[str, list[InnerPart]]]:
    """Return, by key, the answers about the regions that are there already."""
    about = getattr(answer, "given", None)
    return [
        (key, inner_parts(question.plan.per_region(region.obj), getattr(about, f"r{key}")))
        for key, region in (question.given.items() if about is not None else ())
    ]


def any_question(plan: Plan, handlers: Mapping[str, Handler]) -> Question:
    """Return what is asked of any task, with stand-ins for what a task brings."""
    bound = replace(plan, controls=tuple(replace(c, labels=c.labels or _stand_in(c)) for c in plan.controls))
    items = {obj.name: 2 for obj in plan.objects if obj.tag == "List"}
    chats = [obj.name for obj in plan.objects if obj.is_conversation and plan.per_region(obj.name)]
    given = {str(number): About(name, "") for number, name in enumerate(chats, 1)}
    asked = tuple(c for c in bound.asked if handlers[c.tag].answer_type(c, items.get(c.to_name, 0)) is not None)
    return Question(bound, asked, items, given)


def _stand_in(control: Control) -> tuple[Label, ...]:
    """Return a label in the place of those that a task brings."""
    name = f"${control.labels_field}"
    return (Label(name, name, path=(name,)),) if control.labels_field else ()


def any_schema(plan: Plan, handlers: Mapping[str, Handler]) -> JSON:
    """Return the answer's JSON Schema, as it is for any task."""
    return compose_answer(any_question(plan, handlers), handlers).model_json_schema()


def digest(schema: JSON) -> str:
    """Return a hash of a JSON Schema."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


def has_odd_keys(schema: Any) -> bool:
    """Say whether a JSON Schema asks for keys that some providers refuse: a handler of one's own may bring any."""
    if isinstance(schema, list):
        return any(map(has_odd_keys, schema))
    if not isinstance(schema, dict):
        return False
    asked = schema.get("properties", {}) if schema.get("type") == "object" else {}
    return not all(map(is_plain, asked)) or any(map(has_odd_keys, schema.values()))


def keyed(question: Question, handlers: Mapping[str, Handler], answer: JSON) -> JSON:
    """Return the part of an answer that a call asks for, with the keys that it asks for in place of the names.

    Args:
        question: what the call asks.
        handlers: by control tag.
        answer: as JSON, by the names of controls.
    """
    asked = {control.from_name: control for control in question.controls}
    return {
        question.keys[name] if name in asked else question.given_key: (
            _keyed(question, handlers, asked[name], part) if name in asked else part
        )
        for name, part in answer.items()
        if name in asked or (name == GIVEN and question.given)
    }


def _keyed(question: Question, handlers: Mapping[str, Handler], control: Control, part: Any) -> Any:
    inner = question.inner(control)
    if not inner or not isinstance(part, list):
        return part
    keys = question.inner_keys(inner, handlers[control.tag].answer_type(control, question.count(control)))
    return [
        {keys.get(name, name): said for name, said in region.items()} if isinstance(region, dict) else region
        for region in part
    ]


def _type(question: Question, control: Control, handlers: Mapping[str, Handler]) -> Any:
    handler = handlers[control.tag]
    wanted = handler.answer_type(control, question.count(control))
    if control.role.gives_regions:
        region: Any = _with_inner(wanted, question.inner(control), question, handlers)
        least = 1 if control.flag("required") and not control.conditions and not question.is_part else 0
        most = handler.most(control)
        return Annotated[list[region], Field(min_length=least, max_length=most or MAX_REGIONS)]
    return wanted | None if control.conditions else wanted


def _with_inner(base: Any, inner: Sequence[Control], question: Question, handlers: Mapping[str, Handler]) -> Any:
    """Add the controls that are asked for each region to a region's model."""
    if not inner:
        return base
    keys = question.inner_keys(inner, base)
    fields: dict[str, Any] = {
        _key(index): (_type(question, control, handlers), _field(keys[control.from_name], control))
        for index, control in enumerate(inner)
    }
    return create_model(base.__name__, __base__=base, **fields)


def _given(question: Question, handlers: Mapping[str, Handler]) -> Any:
    fields: dict[str, Any] = {}
    for key, region in question.given.items():
        about = _with_inner(Answer, question.plan.per_region(region.obj), question, handlers)
        fields[f"r{key}"] = (about, Field(alias=key, repr=False))
    return create_model("Given", __base__=Answer, **fields)


def _field(key: str, control: Control) -> Any:
    """Return a control's field; where its name is no key, a model that was told it may give it all the same."""
    if is_plain(control.from_name):
        return Field(alias=key, repr=False)
    return Field(alias=key, validation_alias=AliasChoices(key, control.from_name), repr=False)


def _key(index: int) -> str:
    # Names of controls are free text; pydantic's field names are not.
    return f"c{index}"
