"""What a provider sent as an answer: read, whatever its shape, and told apart from what is none.

A completion is foreign input. Nothing of it is shown: what is wrong with one is told in words of a closed list.
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from backend.errors import CutAnswerError, DeclinedError, FilteredError, InvalidAnswerError, NoCompletionError
from backend.model.answer.foreign import has_refusal, text_of, value_of
from backend.model.answer.leniency import AnswerShape
from backend.model.answer.objects import find_objects, read_json
from backend.model.answer.thoughts import thinks, without_thoughts
from backend.providers import Mode, Provider

LONGEST = 2**18
"""Characters of an answer with its thoughts; a longer one is not read."""
LONGEST_ECHO = 2**14
"""Characters of an answer that does not fit, which is sent back for correction."""
MOST_TRIED = 50
"""Objects of an answer that are tried, the last first."""

Problem = Literal["", "empty", "thoughts", "words", "several", "keys", "label", "bounds", "type"]
SAID: Mapping[Problem, tuple[str, str]] = {
    "empty": ("is empty", "raise max_tokens, or use another model"),
    "thoughts": ("holds thoughts alone", "raise max_tokens, or switch its thinking off"),
    "words": ("holds no JSON object that can be read", "try mode: md_json, or use a better model"),
    "several": ("gives several answers that differ", "raise attempts, or use a better model"),
    "keys": ("lacks what was asked for", "raise attempts, or use a better model"),
    "label": ("names a label that is not offered", "raise attempts, or use a better model"),
    "bounds": ("has a value that is out of bounds", "raise attempts, or use a better model"),
    "type": ("has a value of another kind than was asked for", "raise attempts, or use a better model"),
}
"""What is wrong with an answer, and what helps."""

_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"})
_FILTERED = frozenset(
    "content_filter content_filtered safety image_safety recitation language blocklist prohibited_content spii"
    " guardrail_intervened sensitive error_toxic content_flagged".split()
)
_DECLINED = frozenset({"refusal"})
_BROKEN = frozenset({"error", "network_error", "insufficient_system_resource", "malformed_function_call"})
_WRAPPERS = frozenset(
    "answer arguments parameters args kwargs properties input tool_input function function_call tool_call tool_calls"
    " response result output data json final final_answer content value object".split()
)
_FENCE = re.compile(r"\A\s*+```\w*|```\s*+\Z")
_ERRORS: Mapping[str, Problem] = {
    "missing": "keys",
    "literal_error": "label",
    "enum": "label",
    "greater_than": "bounds",
    "greater_than_equal": "bounds",
    "less_than": "bounds",
    "less_than_equal": "bounds",
    "multiple_of": "bounds",
    "too_short": "bounds",
    "too_long": "bounds",
    "string_too_short": "bounds",
    "string_too_long": "bounds",
    "value_error": "bounds",
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was taken out of a completion.

    Attributes:
        json: the answer, tidied; what comes nearest to one where none fits.
        source: as the model wrote it; "" if it was no text.
        is_all: whether the text holds nothing else.
        is_first: whether no words stand before it, which may be thoughts.
        problem: why it does not fit; "" if it does.
        answer: the same as the form reads it; None where it does not fit.
    """

    json: str = field(repr=False)
    source: str = field(default="", repr=False)
    is_all: bool = False
    is_first: bool = False
    problem: Problem = ""
    answer: BaseModel | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a model said, by place."""

    calls: Sequence[Any] = field(repr=False)
    content: str = field(repr=False)
    thoughts: str = field(repr=False)
    refuses: bool
    finish: str


def take_answer(completion: Any, form: AnswerShape, provider: Provider, tokens_out: int = 0) -> Extracted:
    """Take the one answer out of a completion that fits its form, or say what is wrong with it.

    The last object that fits is taken: in the arguments of a call of the tool, else in the text, never in thoughts.

    Args:
        completion: as a library made it of a provider's body.
        form: which the answer must have.
        provider: who sent it.
        tokens_out: how long it is, as the provider counts; 0 if it does not say.

    Raises:
        NoCompletionError: it holds no answer of a model.
        FilteredError, DeclinedError: there is none, for good.
        CutAnswerError: it ends where it reached the most tokens that it may have.
        InvalidAnswerError: it is too long to be read.
    """
    said = _read(completion, provider)
    taken = _taken(said, form)
    if said.finish in _FILTERED:
        reason = "its content filter stopped the answer - change the filter, or write another provider after it"
        raise FilteredError(provider.name, reason)
    is_cut = said.finish in _CUT or tokens_out >= provider.max_tokens
    if not taken.problem and (taken.is_first or not is_cut):
        return taken
    if said.refuses or said.finish in _DECLINED:
        raise DeclinedError(provider.name, "the model declined to answer (a refusal) - write another provider after it")
    if is_cut:  # where thoughts that the prompt began were cut, what stands in them is no answer
        reason = f"the answer was cut at max_tokens ({provider.max_tokens}), in which thoughts count - raise it"
        raise CutAnswerError(provider.name, reason)
    if said.finish in _BROKEN:
        raise NoCompletionError(provider.name, "gave no answer: it broke off by an error - look into the server's log")
    return taken


def invalid(provider: Provider, problem: Problem, attempts: int) -> InvalidAnswerError:
    """Return the error that says what was wrong with the last of some answers."""
    said, remedy = SAID[problem]
    return InvalidAnswerError(provider.name, f"no answer that fits in {attempts} attempts: the last {said} - {remedy}")


def _read(completion: Any, provider: Provider) -> _Said:
    """Find what a model said, in whichever of the shapes that are known."""
    choices = value_of(completion, "choices")
    if not isinstance(choices, Sequence) or isinstance(choices, str) or not choices:
        nothing = "gave no answer (no choices)" if choices == [] else "gave no answer that can be read"
        raise NoCompletionError(provider.name, f"{nothing} - check address (does it end in /v1?), kind and model")
    choice = choices[0]
    message = value_of(choice, "message")
    if message is None and value_of(choice, "text") is None:
        reason = "gave no answer that can be read (no message) - check address (does it end in /v1?), kind and model"
        raise NoCompletionError(provider.name, reason)
    parts = value_of(message, "content") if message is not None else value_of(choice, "text")
    calls = value_of(message, "tool_calls")
    functions = [value_of(call, "function") for call in calls] if isinstance(calls, list | tuple) else []
    fields = (value_of(message, name) for name in ("reasoning_content", "reasoning", "thinking"))
    finish = value_of(choice, "finish_reason")
    said = _Said(
        calls=[each for each in (*functions, value_of(message, "function_call")) if each is not None],
        content=text_of(parts),
        thoughts=next((text for text in fields if isinstance(text, str) and text.strip()), ""),
        refuses=bool(value_of(message, "refusal")) or has_refusal(parts),
        finish=finish.lower() if isinstance(finish, str) else "",
    )
    arguments = [text for call in said.calls if isinstance(text := value_of(call, "arguments"), str)]
    if max(map(len, [said.content, said.thoughts, *arguments])) > LONGEST:
        raise InvalidAnswerError(provider.name, f"the answer has more than {LONGEST} characters, which are not read")
    return said


def _taken(said: _Said, form: AnswerShape) -> Extracted:
    """Return the answer of the first place that has one that fits; else what came nearest to one."""
    found = [_of_calls(said.calls, form)] if said.calls else []
    if not found or found[0].problem not in ("", "several"):
        found.append(_of_text(said.content, form))
    if all(each.problem in ("empty", "words") for each in found) and not said.content.strip():
        found.append(_of_thoughts(said.thoughts, form))
    fitting = [each for each in found if not each.problem]
    ranks = list(SAID)
    return fitting[0] if fitting else max(found, key=lambda each: ranks.index(each.problem))


def _of_calls(calls: Sequence[Any], form: AnswerShape) -> Extracted:
    """Return the answer that a call of the tool gives; none where several differ."""
    named = [call for call in calls if value_of(call, "name") == form.kind.__name__] or calls
    found = [_of_arguments(value_of(call, "arguments"), form) for call in named[:MOST_TRIED]]
    fitting = {each.json: each for each in found if not each.problem}
    if len(fitting) > 1:
        return Extracted("{}", problem="several")
    return replace(next(iter(fitting.values()), found[-1]), is_all=False)


def _of_arguments(arguments: Any, form: AnswerShape) -> Extracted:
    if isinstance(arguments, Mapping):
        return replace(_judged(dict(arguments), form), is_first=True)
    return _of_text(arguments, form) if isinstance(arguments, str) else Extracted("{}", problem="empty")


def _of_text(text: str, form: AnswerShape, depth: int = 2) -> Extracted:
    """Return the answer that stands in a text, without its thoughts; the whole of it, if that is one."""
    whole = read_json(text)
    if isinstance(whole, dict) and not (taken := _judged(whole, form, text.strip())).problem:
        return replace(taken, is_all=True, is_first=True)
    said = without_thoughts(text, ((each.start, each.end) for each in find_objects(text))) if thinks(text) else text
    if not said.strip():
        return Extracted("{}", problem="thoughts" if text.strip() else "empty")
    inner = read_json(said) if depth else None
    if isinstance(inner, str):  # JSON within JSON
        return replace(_of_text(inner, form, depth - 1), is_all=False)
    nearest = Extracted("{}", problem="words")
    for found in reversed(deque(find_objects(said), MOST_TRIED)):
        taken = _judged(found.value, form, said[found.start : found.end])
        if not taken.problem:
            return replace(taken, is_first=not _FENCE.sub("", said[: found.start]).strip())
        if nearest.problem == "words" or (nearest.problem == "keys" and form.asks(found.value)):
            nearest = taken
    return nearest


def _of_thoughts(text: str, form: AnswerShape) -> Extracted:
    """Return the answer that stands where thoughts should, and is nothing else: some servers mistake the two."""
    objects = list(islice(find_objects(text), 2))
    stripped = _FENCE.sub("", text).strip()
    if len(objects) == 1 and text[objects[0].start : objects[0].end] == stripped:
        return _judged(objects[0].value, form, stripped)
    return Extracted("{}", problem="thoughts" if text.strip() else "empty")


def _judged(value: dict[str, Any], form: AnswerShape, source: str = "") -> Extracted:
    """Return an object as an answer, tidied; where it is none itself, the one object that it wraps and that is one."""
    taken = _checked(value, form, source)
    if not taken.problem:
        return taken
    inner = [_checked(each, form, source) for each in islice(_wrapped(value, form, 3), MOST_TRIED)]
    fitting = {each.json: each for each in inner if not each.problem}
    return next(iter(fitting.values())) if len(fitting) == 1 else taken


def _wrapped(value: Any, form: AnswerShape, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the objects that an object wraps, under a name that says no more than that they are the answer."""
    for name, part in value.items():
        if name.strip().casefold() in _WRAPPERS:
            if any(form.asks({other: each}) for other, each in value.items() if other != name):
                return  # it has an answer of its own
            inner = read_json(part) if isinstance(part, str) else part
            inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
            if isinstance(inner, dict):
                yield inner
                if depth > 1:
                    yield from _wrapped(inner, form, depth - 1)


def _checked(value: dict[str, Any], form: AnswerShape, source: str) -> Extracted:
    """Mend an object's spelling, and have the form say whether it fits."""
    if not form.asks(value):
        return Extracted("{}", problem="keys")
    try:
        text = json.dumps(form.tidy(value), ensure_ascii=False)
        answer = form.kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]["type"]
        problem: Problem = _ERRORS.get(first, "type")
        return Extracted(text if len(text) <= LONGEST_ECHO else "{}", source, problem=problem)
    except Exception:  # what a handler's own check raises, half a sign of Unicode, levels without end
        return Extracted("{}", problem="type")
    return Extracted(text, source, answer=answer)


class _Function(BaseModel):
    name: str
    arguments: str


class _Message(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str | None = None
    refusal: None = None
    tool_calls: None = None
    function_call: _Function | None = None


class _Choice(BaseModel):
    index: Literal[0] = 0
    finish_reason: Literal["stop"] = "stop"
    message: _Message


class Completion(BaseModel):
    """An answer in the one shape and place where instructor looks for it; what it sends back is no more than this."""

    choices: tuple[_Choice]
    usage: None = None

    @classmethod
    def of(cls, taken: Extracted, mode: Mode) -> "Completion":
        """Put an answer where a mode looks.

        A call of a tool goes back as words: not every provider takes back a call that another library wrote.
        """
        message = _Message(content=taken.json)
        if mode == "tools":
            message = _Message(function_call=_Function(name="Answer", arguments=taken.json))
        return cls(choices=(_Choice(message=message),))
