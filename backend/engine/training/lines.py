"""An example → a line of a training file, and the checks that it must pass."""

import json
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from pydantic import ValidationError

from backend.budget.amounts import likely_tokens
from backend.engine.training.examples import TrainingExample
from backend.errors import RequestError
from backend.system.writing import JSON

TrainingFormat: TypeAlias = Literal["openai", "chat"]
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What some readers take for the end of a line, and JSON does not."""
MOST_TOKENS = 65_536
"""Tokens of an example that OpenAI trains on, of the models of the gpt-4o and gpt-4.1 families."""
LEAST_EXAMPLES = 10
"""OpenAI takes no file with fewer."""
MOST_BYTES = 512 * 2**20
"""OpenAI takes no larger file."""


def training_line(example: TrainingExample, form: TrainingFormat) -> str:
    """Write an example as a line.

    Args:
        example: the example.
        form: `openai` for its fine-tuning files, in which answers of a policy's examples are told not to be learned
            again, and an answer is a call of a tool where the provider is asked so; `chat` for messages alone, as
            trainers of LoRA take them.
    """
    messages: list[JSON] = [{"role": role, "content": content} for role, content in example.messages]
    if form == "chat" or not example.tools:
        messages = [_unlearned(one) for one in messages] if form == "openai" else messages
        line: JSON = {"messages": [*messages, {"role": "assistant", "content": example.answer}]}
    else:
        called = {"name": example.tools[0]["function"]["name"], "arguments": example.answer}
        call = {"id": "call_1", "type": "function", "function": called}
        answer = {"role": "assistant", "tool_calls": [call]}
        line = {"messages": [*map(_unlearned, messages), answer], "tools": list(example.tools)}
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(line, ensure_ascii=False))


def _unlearned(message: JSON) -> JSON:
    """Return a message from which nothing is learned: an answer of a policy's example."""
    return {**message, "weight": 0} if message["role"] == "assistant" else message


def line_tokens(line: str) -> int:
    """Estimate the tokens of a line, from above for English and Russian."""
    return likely_tokens(len(line.encode("utf-8", "replace")))


def check_line(line: str, example: TrainingExample) -> None:
    """See whether a line is what a trainer takes, as it stands in the file.

    Raises:
        RequestError: it is not. Says which check failed, without any text.
    """
    problem = next(_problems(line, example), "")
    if problem:
        raise RequestError(f"nothing was written: a line {problem} - see the project's prompt template")


def _problems(line: str, example: TrainingExample) -> Iterator[str]:
    messages = json.loads(line)["messages"]
    roles = [message["role"] for message in messages]
    if "\n" in line or "\r" in line:
        yield "is several"
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if not turns or turns != ["user", "assistant"] * (len(turns) // 2):
        yield "has messages whose roles do not take turns"
    answer = messages[-1]
    called = [call["function"]["arguments"] for call in answer.get("tool_calls", ())]
    words = [message["content"] for message in messages if message is not answer or not called]
    if not all(isinstance(text, str) and text.strip() for text in (*words, *called)):
        yield "has a message without words"
    try:
        example.form.model_validate_json(called[0] if called else answer["content"])
    except ValidationError:
        fits = False
    else:
        fits = True
    if not fits:
        yield "has an answer that does not fit its form"
