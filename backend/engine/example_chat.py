"""Examples → a chat that stands before a task: those that a policy's owner wrote, and those that reviewers made."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from backend.engine.teaching import TaughtExample
from backend.errors import PromptError
from backend.policy.types import Decision
from backend.privacy.redact import Message, RedactedTask
from backend.prompting.answer_form import Answer
from backend.prompting.templates import Texts
from backend.system.writing import JSON


@dataclass(frozen=True, slots=True)
class TaughtMessages:
    """An example that reviewers made, as it stands in a call.

    Attributes:
        task: whose redacted texts are shown.
    """

    task: RedactedTask = field(repr=False)
    user: Message
    assistant: Message


def taught_messages(
    examples: Sequence[TaughtExample],
    beside: Sequence[str],
    form: type[Answer],
    part_of: Callable[[JSON], JSON],
    write: Callable[[Texts], str],
) -> Iterator[TaughtMessages]:
    """Yield a task's examples, those alone that fit a call.

    Args:
        examples: the task's.
        beside: all else that is sent: no value that an example hides may stand there.
        form: of the call's answer.
        part_of: returns that part of an answer which the call asks for.
        write: writes the user's message.
    """
    for example in examples:
        answer = part_of(example.answer)
        if not answer or any(map(example.task.hides, beside)):
            continue
        try:
            form.model_validate(answer)
        except ValidationError:
            continue
        said = json.dumps(answer, ensure_ascii=False)
        yield TaughtMessages(example.task, Message("user", write(example.texts)), Message("assistant", said))


def rule_examples(decision: Decision, answer_type: type[Answer], part_of: Callable[[JSON], JSON]) -> Iterator[Message]:
    """Yield a rule's examples as a chat, each with that part of its answer which a call asks for.

    Args:
        decision: the rule's.
        answer_type: the form of the call's answer.
        part_of: returns that part of an answer.

    Raises:
        PromptError: an answer does not fit; names the example by its number.
    """
    for number, example in enumerate(decision.examples, 1):
        answer = part_of(json.loads(example.answer))
        if not answer:
            continue
        problem = ""
        try:
            answer_type.model_validate(answer)
        except ValidationError as error:
            problem = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        if problem:
            raise PromptError(f"example {number} of rule {decision.rule!r} does not fit the label config at {problem}")
        yield Message("user", f"<text>\n{example.text}\n</text>")
        yield Message("assistant", json.dumps(answer, ensure_ascii=False))
