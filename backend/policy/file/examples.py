"""A file of examples that a rule allows → what stands in a prompt before the task: a text and its answer each."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from backend.policy.file.form import StrictForm
from backend.policy.file.problems import form_problems
from backend.policy.file.source import read_source
from backend.policy.types import Example
from backend.system.snapshot import Snapshot


class ExampleForm(StrictForm):
    """An example."""

    text: str = Field(min_length=1, repr=False, description="write the text as a model would see it")
    answer: dict[str, Any] = Field(min_length=1, repr=False, description="write an answer for controls, by their names")


_FORM = TypeAdapter(list[ExampleForm])


def read_examples(file: Path, snapshot: Snapshot | None = None) -> tuple[Example, ...]:
    """Read a file of examples, which are sent as they stand there: no task's text belongs into it.

    Args:
        file: its path.
        snapshot: by which it is read, so that it is read once.

    Raises:
        PolicyFileError: names the line; never what stands there.
    """
    source = read_source(file, snapshot)
    try:
        found = _FORM.validate_python(source.data)
    except ValidationError as error:
        first = next(iter(form_problems(error, source.data)))
    else:
        return tuple(Example(one.text, json.dumps(one.answer, ensure_ascii=False)) for one in found)
    raise source.error(first.where, first.what, "write a list of blocks with text and answer")
