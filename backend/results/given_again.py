"""Does an answer give the regions again of which it was made? What a model says of words is found by words alone."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from backend.errors import AnswerError
from backend.labelstudio.handler import Handler
from backend.prompting.answer_form import compose_answer, keyed
from backend.prompting.calls import Call
from backend.prompting.task_labels import region_place
from backend.prompting.task_texts import BoundTask
from backend.results.regions import Results
from backend.system.writing import JSON


def gives_again(
    answer: JSON, call: Call, prepared: BoundTask, handlers: Mapping[str, Handler], results: Sequence[JSON]
) -> bool:
    """Say whether an answer fits the form of a call, and gives each region of an annotation.

    A region within a value that was replaced is given if all of the value is.

    Args:
        answer: by the names of controls.
        call: what is asked, and which stretches of the texts are shown.
        prepared: the task, redacted.
        handlers: by control tag.
        results: of the annotation.
    """
    found = Results.of(prepared, handlers)
    try:
        said = compose_answer(call.question, handlers).model_validate(keyed(call.question, handlers, answer))
        found.add(call.question, said, call.pieces)
    except (ValidationError, AnswerError):
        return False
    giving = {control.from_name for control in call.question.controls if control.role.gives_regions}
    own = [result for result in results if result.get("from_name") in giving]
    return all(any(meets(result, about.result) for about in found.answers) for result in own)


def meets(one: JSON, other: JSON) -> bool:
    """Say whether two regions have something in common, and the same labels."""
    if any(one.get(key) != other.get(key) for key in ("from_name", "to_name", "type")):
        return False
    first, last = region_place(one["value"]), region_place(other["value"])
    labels = str(one["type"])
    meets = first[:2] < last[2:] and last[:2] < first[2:]
    return meets and one["value"].get(labels) == other["value"].get(labels)
