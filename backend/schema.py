"""Plan → the pydantic model that an answer must fit: one field a control, under the control's own name."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from backend.types import Control, Handler, Plan


class Answer(BaseModel):
    """Base of all answers. Its errors never show what the model said."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def compose_answer(plan: Plan, handlers: Mapping[str, Handler]) -> type[Answer]:
    """Build the answer's type from all the controls, so that one call answers them all."""
    fields: dict[str, Any] = {
        _key(index): (handlers[control.tag].answer_type(control), Field(alias=control.from_name, repr=False))
        for index, control in enumerate(plan.controls)
    }
    return create_model("Answer", __base__=Answer, **fields)


def parts(plan: Plan, answer: Answer) -> list[tuple[Control, Any]]:
    """Return each control with its part of the answer."""
    return [(control, getattr(answer, _key(index))) for index, control in enumerate(plan.controls)]


def digest(answer_type: type[Answer]) -> str:
    """Return a hash of the answer's JSON Schema."""
    return hashlib.sha256(json.dumps(answer_type.model_json_schema(), sort_keys=True).encode()).hexdigest()


def _key(index: int) -> str:
    # Names of controls are free text; pydantic's field names are not.
    return f"c{index}"
