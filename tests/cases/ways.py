"""How the stand-in for a provider behaves: each function is a way that some provider has, as users reported it."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.standin import completion, schema_of

FENCED = "Sure! Here is the answer you asked for:\n\n```json\n%s\n```\n\n%s"
HTML = {"content-type": "text/html; charset=utf-8"}
ANTHROPICS_KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
BEYOND_OLD_GRAMMARS = frozenset({"minItems", "maxItems", "pattern", "minLength", "minimum", "maximum"})


class Said(NamedTuple):
    """An answer by HTTP; a body that is no text is written as JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Asked:
    """A request, and what the stand-in knows besides.

    Attributes:
        script: the case's `standin`.
        request: the body of a chat completion.
        number: of the request; the first is 1.
        taken: for what a way remembers, moments in seconds.
    """

    script: Mapping[str, Any]
    request: dict[str, Any]
    number: int
    taken: list[float] = field(default_factory=list)

    @property
    def answer(self) -> str:
        """The case's answer as text: `answer`, or of `answers` the first whose words stand in the messages."""
        said = self.script.get("answer", {"mood": "Good"})
        if answers := self.script.get("answers"):
            everything = json.dumps(self.request["messages"], ensure_ascii=False)
            said = next(answer for words, answer in answers if words in everything)
        return self.written(said)

    def written(self, said: object) -> str:
        """Return an answer as text; what is text is sent as it stands."""
        return said if isinstance(said, str) else json.dumps(said, ensure_ascii=self.script.get("ascii", False))


Way = Callable[[Asked], Said]


def reply(asked: Asked, text: str, finish: str = "stop", **message: Any) -> Said:
    """Answer as OpenAI does: by a tool call if a tool is offered.

    Args:
        asked: by whom.
        text: the answer.
        finish: why the model ended.
        message: what the message holds besides.
    """
    return _completed(asked.request, text, finish, message)


def content(asked: Asked, said: object, finish: str = "stop", **message: Any) -> Said:
    """Answer by the message's content, also if a tool is offered."""
    return _completed({**asked.request, "tools": []}, "", finish, {"content": said, **message})


def _completed(request: dict[str, Any], text: str, finish: str, message: Mapping[str, Any]) -> Said:
    body = completion(request, text)
    choice = body["choices"][0]
    choice["finish_reason"] = finish
    choice["message"] |= message
    return Said(200, {}, body)


def error(
    status: int, message: str, code: object = None, kind: str = "invalid_request_error", param: str | None = None
) -> Said:
    """Answer an error as OpenAI does."""
    return Said(status, {}, {"error": {"message": message, "type": kind, "param": param, "code": code}})


BUSY = error(429, "Rate limit reached. Please try again in 1s.", "rate_limit_exceeded", "requests")._replace(
    headers={"retry-after": "1"}
)
DOWN = Said(503, HTML, "<html><body><h1>503 Service Unavailable</h1></body></html>")
NOT_ZERO = error(
    400,
    "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
    "unsupported_value",
    param="temperature",
)
NO_MAX_TOKENS = error(
    400,
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "unsupported_parameter",
    param="max_tokens",
)
FILTERED = {
    "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    "type": None,
    "param": "prompt",
    "code": "content_filter",
    "status": 400,
    "innererror": {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {
            "hate": {"filtered": False, "severity": "safe"},
            "jailbreak": {"filtered": True, "detected": True},
        },
    },
}
QUOTA = "You exceeded your current quota, please check your plan and billing details."
TOO_LONG = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."


def newer(asked: Asked) -> Said:
    """As models that think: other parameters alone."""
    return NO_MAX_TOKENS if "max_tokens" in asked.request else no_temperature(asked)


def no_temperature(asked: Asked) -> Said:
    """Take the default temperature alone."""
    return NOT_ZERO if asked.request.get("temperature", 1) != 1 else reply(asked, asked.answer)


def think(asked: Asked) -> Said:
    """Think aloud, with braces."""
    return content(asked, f'<think>\nThe reader is glad. Perhaps {{"mood": "Bad"}}? No.\n</think>\n\n{asked.answer}')


def think_closing(asked: Asked) -> Said:
    """Think aloud; the prompt's template opened the thought already."""
    return content(asked, f"The reader is glad, I think.\n</think>\n\n{asked.answer}")


def thought_only(asked: Asked) -> Said:
    """Think until all tokens are used up."""
    details = {"completion_tokens_details": {"reasoning_tokens": 1024}}
    usage = {"prompt_tokens": 90, "completion_tokens": 1024, "total_tokens": 1114, **details}
    said = content(asked, "", "length")
    return said._replace(body=said.body | {"usage": usage})


def stream(asked: Asked) -> Said:
    """As a relay that streams always."""
    delta = {"role": "assistant", "content": asked.answer}
    choices = [{"index": 0, "delta": delta, "finish_reason": None}]
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return Said(200, {"content-type": "text/event-stream"}, f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")


def old_grammar(asked: Asked) -> Said:
    """As a server whose grammar knows few keywords of JSON Schema."""
    if _keywords(schema_of(asked.request)) & BEYOND_OLD_GRAMMARS:
        said = "The provided JSON schema contains features not supported by xgrammar."
        return error(400, said, 400, "BadRequestError")
    return content(asked, asked.answer)


def keys(asked: Asked) -> Said:
    """Refuse names of properties as Anthropic does; answer whatever names there are, in their order."""
    schema = schema_of(asked.request)
    if not all(map(ANTHROPICS_KEY.fullmatch, _property_names(schema))):
        said = "tools.0.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
        return error(400, said)
    values = asked.script["answer"].values()
    return reply(asked, asked.written(dict(zip(schema.get("properties", {}), values, strict=False))))


def no_tools(asked: Asked) -> Said:
    """As Ollama for a model without tools."""
    if asked.request.get("tools"):
        return error(400, "registry.ollama.ai/library/gemma3:4b does not support tools", None, "api_error")
    return reply(asked, asked.answer)


def no_schema(asked: Asked) -> Said:
    """Take no JSON Schema."""
    if (asked.request.get("response_format") or {}).get("type") == "json_schema":
        said = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
        return error(400, said, None, param="response_format")
    return reply(asked, asked.answer)


def no_model(asked: Asked) -> Said:
    """Know no such model."""
    model = asked.request.get("model")
    return error(404, f"The model `{model}` does not exist or you do not have access to it.", "model_not_found")


def echo(asked: Asked) -> Said:
    """Copy the text as it was sent."""
    user = next(message["content"] for message in reversed(asked.request["messages"]) if message["role"] == "user")
    found = re.search(r"<text[^>]*>\n(.*)\n</text>", user, re.DOTALL)
    text = found[1] if found else ""
    return reply(asked, json.dumps(dict.fromkeys(schema_of(asked.request)["properties"], text)))


def three_a_second(asked: Asked) -> Said:
    """Take three requests in any second."""
    now = time.monotonic()
    asked.taken[:] = [moment for moment in asked.taken if now - moment < 1]
    if len(asked.taken) >= 3:
        return BUSY
    asked.taken.append(now)
    return reply(asked, asked.answer)


def short_of_tokens(asked: Asked) -> Said:
    """Write until the tokens are used up, three characters each."""
    most = 3 * (asked.request.get("max_tokens") or asked.request.get("max_completion_tokens") or 10_000)
    return reply(asked, asked.answer[:most], "length" if len(asked.answer) > most else "stop")


def raw(asked: Asked) -> Said:
    """Say what the case writes, the last of its replies to all that follow."""
    replies = asked.script["replies"]
    said = replies[min(asked.number, len(replies)) - 1]
    return Said(said.get("status", 200), said.get("headers", {}), _filled(said["body"], asked.answer))


def fixes_itself(asked: Asked) -> Said:
    """Say something else at first."""
    return reply(asked, asked.written(asked.script["first"]) if asked.number == 1 else asked.answer)


WAYS: Mapping[str, Way] = {
    "normal": lambda asked: reply(asked, asked.answer),
    "newer": newer,
    "no_temperature": no_temperature,
    "think": think,
    "think_closing": think_closing,
    "reasoning_field": lambda asked: reply(asked, asked.answer, reasoning_content="The reader is glad."),
    "refusal": lambda asked: content(asked, None, refusal="I'm sorry, I can't help with that."),
    "content_filter": lambda _: Said(400, {}, {"error": FILTERED}),
    "finish_content_filter": lambda asked: content(asked, "", "content_filter"),
    "cut": lambda asked: reply(asked, asked.answer[:-9], "length"),
    "thought_only": thought_only,
    "busy_once": lambda asked: BUSY if asked.number == 1 else reply(asked, asked.answer),
    "quota": lambda _: error(429, QUOTA, "insufficient_quota", "insufficient_quota"),
    "down_once": lambda asked: DOWN if asked.number == 1 else reply(asked, asked.answer),
    "down": lambda _: DOWN,
    "page": lambda _: Said(200, HTML, "<!doctype html><html><body>Sign in</body></html>"),
    "stream": stream,
    "error_in_200": lambda _: Said(
        200, {}, {"id": "gen-1", "choices": None, "error": {"message": "Provider returned error", "code": 502}}
    ),
    "fenced": lambda asked: content(asked, FENCED % (asked.answer, "Let me know if you need anything else.")),
    "plain_content": lambda asked: content(asked, asked.answer),
    "cites": lambda asked: content(asked, FENCED % (asked.answer, "Based on [1].")),
    "parts": lambda asked: content(asked, [{"type": "text", "text": asked.answer}]),
    "old_grammar": old_grammar,
    "keys": keys,
    "no_tools": no_tools,
    "no_schema": no_schema,
    "not_found": lambda _: Said(404, {}, {"detail": "Not Found"}),
    "no_model": no_model,
    "too_long": lambda _: error(400, TOO_LONG, "context_length_exceeded", param="messages"),
    "echo": echo,
    "three_a_second": three_a_second,
    "short_of_tokens": short_of_tokens,
    "raw": raw,
    "fixes_itself": fixes_itself,
}
"""By what a case's `standin.does` says."""


def _filled(said: Any, answer: str) -> Any:
    """Put the answer in place of `$ANSWER` in all texts of a body."""
    if isinstance(said, str):
        return said.replace("$ANSWER", answer)
    if isinstance(said, list):
        return [_filled(each, answer) for each in said]
    return {key: _filled(each, answer) for key, each in said.items()} if isinstance(said, dict) else said


def _keywords(schema: Any) -> set[str]:
    """Return the keywords of a JSON Schema; names of properties are none."""
    if isinstance(schema, list):
        return set().union(*map(_keywords, schema))
    if not isinstance(schema, dict):
        return set()
    named = {"properties", "$defs"} & set(schema)
    parts = [part for key, part in schema.items() if key not in named]
    parts += [part for key in named for part in schema[key].values()]
    return (set(schema) - named).union(*map(_keywords, parts))


def _property_names(schema: Any) -> Iterator[str]:
    """Yield the names of all properties of a JSON Schema, also those of its parts."""
    for part in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        yield from _property_names(part)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        yield from schema["properties"]
