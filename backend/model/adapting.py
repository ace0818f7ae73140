"""What a provider refuses, it is not sent again: a request without it, or with it in its other form.

What is left out changes no promise: the answer is checked here, whatever the schema that went out said.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from backend.model.complaints import KEYWORDS
from backend.policy.vendors import OPENAI
from backend.providers import Provider

log = logging.getLogger("labelguard.providers")

MOST = 8
"""How often a request is changed at most until the provider takes it or is given up."""

MOST_VALUES, MANY_VALUES, MOST_LETTERS = 1_000, 250, 15_000
"""Values in a schema to which OpenAI holds answers; and of so many in one place, the letters of all together."""

Kwargs = dict[str, Any]
_SCHEMAS = frozenset({"properties", "$defs", "definitions", "patternProperties"})
"""Keys of a schema below which names stand, and no keywords."""


class Manners:
    """What one provider was seen to refuse. Belongs to one event loop."""

    def __init__(self, provider: Provider) -> None:
        self._name = provider.name
        self._holds_strictly = _is_openai(provider)
        self._changes: tuple[str, ...] = ("max_tokens",) if _is_openai(provider) else ()
        self._refused: list[str] = []

    def adapt(self, kwargs: Kwargs) -> Kwargs:
        """Return a request without what was refused."""
        return _held(self._changed(kwargs)) if self._holds_strictly else self._changed(kwargs)

    def learn(self, refused: frozenset[str], kwargs: Kwargs, sent: Kwargs) -> bool:
        """Take note of what was refused; says whether the request would now go out in another form.

        Args:
            refused: what an error named, of `complaints.PARAMETERS`, `KEYWORDS` and `FORMS`.
            kwargs: the request, as it is asked for.
            sent: the same as it went out.
        """
        if not refused:
            return False
        if self.adapt(kwargs) != sent:  # another call has learned it meanwhile
            return True
        if refused & _STRICT and self._changed(kwargs) != sent:
            self._holds_strictly = False
            return True
        for name in sorted(refused & _KNOWN):
            if self._refused.count(name) < _TIMES.get(name, 1):
                self._refused.append(name)
                if name in ("logprobs", "top_logprobs"):
                    log.warning("provider %s: refuses %s - %s", self._name, name, _SCORELESS[name])
                self._changes = (*(kept for kept in self._changes if kept != _OTHER.get(name)), name)
        return self.adapt(kwargs) != sent

    def _changed(self, kwargs: Kwargs) -> Kwargs:
        for name in self._changes:
            kwargs = _CHANGES[name](kwargs) if name in _CHANGES else _without_keyword(kwargs, name)
        return kwargs


def _is_openai(provider: Provider) -> bool:
    """Say whether a provider is OpenAI itself, where `max_tokens` is deprecated and the newer models refuse it."""
    address = provider.address or OPENAI
    return provider.kind == "openai" and urlsplit(address).hostname == urlsplit(OPENAI).hostname


def _renamed(name: str) -> Callable[[Kwargs], Kwargs]:
    other = _OTHER[name]

    def rename(kwargs: Kwargs) -> Kwargs:
        return {other if key == name else key: value for key, value in kwargs.items()}

    return rename


def _held(kwargs: Kwargs) -> Kwargs:
    """Ask for an answer that is held to its schema, where that is one to which OpenAI holds answers."""
    changed = dict(kwargs)
    if "tools" in kwargs:
        changed["tools"] = [_at(tool, ("function",), _strictly("parameters")) for tool in kwargs["tools"]]
    if "response_format" in kwargs:
        changed["response_format"] = _at(kwargs["response_format"], ("json_schema",), _strictly("schema"))
    return changed


def _strictly(name: str) -> Callable[[Any], Any]:
    def strictly(holder: Any) -> Any:
        schema = holder.get(name)
        return {**holder, "strict": True} if _is_strict(schema) and _has_few_values(schema) else holder

    return strictly


def _has_few_values(schema: Any) -> bool:
    """Say whether a schema names no more values, such as labels, than OpenAI holds answers to."""
    sets = list(_value_sets(schema))
    long = (own for own in sets if len(own) > MANY_VALUES)
    return sum(map(len, sets)) <= MOST_VALUES and all(sum(map(len, map(str, own))) <= MOST_LETTERS for own in long)


def _value_sets(schema: Any) -> Iterator[list[Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from _value_sets(part)
    elif isinstance(schema, Mapping):
        yield from ([own] for own in [schema.get("const")] if own is not None)
        yield from (own for own in [schema.get("enum")] if isinstance(own, list))
        names = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
        yield from _value_sets([*names, schema.get("items"), schema.get("anyOf")])


def _is_strict(schema: Any) -> bool:
    """Say whether a schema has all its keys required, no others allowed, and no word that OpenAI may not know."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if not set(schema) <= _HELD or ("$ref" in schema and len(schema) > 1):
        return False
    names = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(names)
    parts = [*names.values(), *schema.get("$defs", {}).values(), schema.get("items"), schema.get("anyOf")]
    return (closed or schema.get("type") != "object") and all(map(_is_strict, parts))


def _without_thought(kwargs: Kwargs) -> Kwargs:
    """Ask for no thinking, with which OpenAI's newer models take no tools in this protocol."""
    return kwargs | {"reasoning_effort": "none"} if "tools" in kwargs else kwargs


def _without(*names: str) -> Callable[[Kwargs], Kwargs]:
    return lambda kwargs: {key: value for key, value in kwargs.items() if key not in names}


def _with_freer_choice(kwargs: Kwargs) -> Kwargs:
    """Ask for any tool in place of one by its name, which is the same of a single one; then for none in particular."""
    choice = kwargs.get("tool_choice")
    if choice is None:
        return kwargs
    if isinstance(choice, str):
        return {key: value for key, value in kwargs.items() if key != "tool_choice"}
    return kwargs | {"tool_choice": "required"}


def _without_keyword(kwargs: Kwargs, keyword: str) -> Kwargs:
    """Return a request whose schemas do without a keyword."""
    return _mapped(kwargs, lambda schema: _stripped(schema, keyword))


def _mapped(kwargs: Kwargs, change: Callable[[Any], Any]) -> Kwargs:
    """Return a request with its schemas changed, in whichever mode they go out."""
    changed = dict(kwargs)
    if "tools" in kwargs:
        changed["tools"] = [_at(tool, ("function", "parameters"), change) for tool in kwargs["tools"]]
    if "response_format" in kwargs:
        changed["response_format"] = _at(kwargs["response_format"], ("json_schema", "schema"), change)
    return changed


def _at(holder: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(holder)
    if not isinstance(holder, Mapping) or path[0] not in holder:
        return holder
    return {**holder, path[0]: _at(holder[path[0]], path[1:], change)}


def _stripped(schema: Any, keyword: str) -> Any:
    """Return a schema without a keyword, and with what says the same where another does."""
    if keyword in ("$ref", "$defs"):
        return _inlined(schema, schema.get("$defs", {})) if isinstance(schema, Mapping) else schema
    if isinstance(schema, list):
        return [_stripped(part, keyword) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for key, part in schema.items():
        if key == keyword == "const":
            found["enum"] = [part]
        elif key in _SCHEMAS and isinstance(part, Mapping):
            found[key] = {name: _stripped(one, keyword) for name, one in part.items()}
        elif key != keyword:
            found[key] = part if key in ("enum", "const", "required") else _stripped(part, keyword)
    return found


def _inlined(schema: Any, defs: Mapping[str, Any]) -> Any:
    """Return a schema with what it refers to in its place; ours refer to nothing that refers back."""
    if isinstance(schema, list):
        return [_inlined(part, defs) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        beside = {key: part for key, part in schema.items() if key != "$ref"}
        return _inlined(defs[str(schema["$ref"]).rpartition("/")[2]] | beside, defs)
    return {key: _inlined(part, defs) for key, part in schema.items() if key != "$defs"}


_OTHER = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_CHANGES: dict[str, Callable[[Kwargs], Kwargs]] = {
    "max_tokens": _renamed("max_tokens"),
    "max_completion_tokens": _renamed("max_completion_tokens"),
    "reasoning_effort": _without_thought,
    "temperature": _without("temperature"),
    "logprobs": _without("logprobs", "top_logprobs"),
    "top_logprobs": _without("top_logprobs"),
    "tool_choice": _with_freer_choice,
}
_SCORELESS = {
    "logprobs": "its answers have no score from tokens; write scores: none at it, and scores: {samples: 3} in the rule",
    "top_logprobs": "its scores are made of what it chose alone",
}
_TIMES = {"tool_choice": 2}
"""How often a name may be refused; once if it does not stand here."""
_HELD = frozenset(
    "type enum const properties required items anyOf $ref $defs title description additionalProperties".split()
)
"""Words of a schema to which OpenAI has held answers from the first."""
_STRICT = frozenset({"strict", "schema", *KEYWORDS})
"""What may be wrong with a schema to which an answer was to be held; without that, all of it is taken."""
_KNOWN = frozenset({*_CHANGES, *KEYWORDS})
