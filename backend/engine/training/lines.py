"""An example → a line of a training file, and the checks that it must pass."""

import json
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from backend.budget.amounts import likely_tokens
from backend.engine.training.examples import TrainingExample
from backend.errors import RequestError

TrainingFormat: TypeAlias = Literal["openai", "chat"]
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
            again; `chat` for messages alone, as trainers of LoRA take them.
    """
    messages: list[dict[str, Any]] = [{"role": role, "content": content} for role, content in example.messages]
    if form == "openai":
        messages = [{**one, "weight": 0} if one["role"] == "assistant" else one for one in messages]
    messages.append({"role": "assistant", "content": example.answer})
    return json.dumps({"messages": messages}, ensure_ascii=False)


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
    if not all(isinstance(message["content"], str) and message["content"].strip() for message in messages):
        yield "has a message without words"
    try:
        example.form.model_validate_json(messages[-1]["content"])
    except ValidationError:
        fits = False
    else:
        fits = True
    if not fits:
        yield "has an answer that does not fit its form"
