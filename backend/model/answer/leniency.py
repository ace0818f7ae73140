"""An answer's spelling, mended by the form that it must have. What it says is never changed, and never guessed.

A label that is equal to exactly one offered label but for case, white space, quotes and a full stop is that label; a
number may be written as a text, one value stand for a list of it, and keys that nobody asked for are left out. Whether
an answer fits is said by the form itself, afterwards.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel
from pydantic_core import SchemaValidator, core_schema

from backend.model.answer.objects import Written, read_json
from backend.system.memory import remembered

_WHOLE = re.compile(r"([+-]?[0-9]{1,30})(?:\.0{1,30})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
_QUOTES = " \"'`“”„«»‘’「」"
_DEEPEST = 16
"""Levels of an answer; below them nothing is mended."""

Schema = Mapping[str, Any]
Folds = tuple[Mapping[str, Sequence[Any]], Mapping[str, Sequence[Any]]]


@dataclass(frozen=True)
class AnswerShape:
    """The form of an answer.

    Attributes:
        kind: the type that says whether an answer fits.
    """

    kind: type[BaseModel]
    _folds: dict[int, Folds] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        return self.kind.model_json_schema()

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Other names that keys may have, by which the type reads them too; of all its parts together."""
        return dict(_other_names(self.kind, set()))

    def asks(self, answer: Mapping[str, Any]) -> bool:
        """Say whether an object has any of the keys that are asked for."""
        return any(key in self.schema.get("properties", {}) for key in self._keyed(answer, self.schema))

    def tidy(self, answer: Mapping[str, Any]) -> Any:
        """Return an answer whose spelling is mended; what cannot be, stays as it is."""
        return self._tidy(answer, self.schema, 0)

    def _tidy(self, value: Any, schema: Schema, depth: int) -> Any:
        schema = self._resolved(schema)
        options = _options(schema)
        if depth > _DEEPEST:
            return value
        if options:
            return self._tidy_any(value, options, depth)
        offered = _offered(schema)
        if offered is not None:
            return self._label(value, schema, offered)
        if schema.get("type") == "object":
            return self._tidy_object(value, schema, depth)
        if schema.get("type") == "array":
            return self._tidy_list(value, schema, depth)
        mend = _MENDS.get(schema.get("type", ""))
        return mend(_only(value)) if mend else value

    def _tidy_any(self, value: Any, options: Sequence[Schema], depth: int) -> Any:
        """Mend a value by the option that it fits as it stands, or by the only one that it fits when it is mended."""
        for option in options:
            if self._fits(value, option, depth):
                return self._tidy(value, option, depth + 1)
        mended = [(self._tidy(value, option, depth + 1), option) for option in options]
        fitting = [each for each, option in mended if self._fits(each, option, depth)]
        return fitting[0] if fitting and all(each == fitting[0] for each in fitting) else value

    def _tidy_object(self, value: Any, schema: Schema, depth: int) -> Any:
        value = _only(_decoded(value))
        if not isinstance(value, Mapping):
            return value
        asked, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        found = {}
        for key, part in self._keyed(value, schema).items():
            if key in asked:
                found[key] = self._tidy(part, asked[key], depth + 1)
            elif isinstance(others, Mapping):
                found[key] = self._tidy(part, others, depth + 1)
            elif others:
                found[key] = part
        lacking = (key for key in schema.get("required", ()) if key not in found and key in asked)
        return found | {key: None for key in lacking if self._fits(None, asked[key], depth)}

    def _keyed(self, value: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
        """Return an object under the keys that are asked for, where it has them in another case or by another name."""
        asked = schema.get("properties", {})
        wanted: dict[str, set[str]] = defaultdict(set)
        written: dict[str, list[str]] = defaultdict(list)
        for name, key in [*((key, key) for key in asked), *self.names.items()]:
            if key in asked:
                wanted[_folded(name)].add(key)
        for key in value:
            if key not in asked and len(meant := wanted.get(_folded(key), ())) == 1:
                written[next(iter(meant))].append(key)
        moved = {keys[0]: key for key, keys in written.items() if len(keys) == 1 and key not in value}
        return {moved.get(key, key): part for key, part in value.items()}

    def _tidy_list(self, value: Any, schema: Schema, depth: int) -> Any:
        value = [] if value is None else _decoded(value)
        items = schema.get("items")
        values = value if isinstance(value, list) else [value]
        return [self._tidy(each, items, depth + 1) for each in values] if isinstance(items, Mapping) else values

    def _label(self, value: Any, schema: Schema, offered: Sequence[Any]) -> Any:
        """Return the offered label that a value spells; the value, where it spells none or more than one."""
        value = _only(value)
        if isinstance(value, list | Mapping) or _is_in(value, offered):
            return value
        folds = self._folds.get(id(schema))  # which lives as long as the form
        if folds is None:
            folds = self._folds[id(schema)] = (_by(_spelled, offered), _by(_folded, offered))
        for fold, found in zip((_spelled, _folded), folds, strict=True):
            meant = {each for text in _texts(value) for each in found.get(fold(text), ())}
            if meant:
                return meant.pop() if len(meant) == 1 else value
        return value

    def _fits(self, value: Any, schema: Schema, depth: int) -> bool:
        """Say whether a value is of a schema's kind; bounds are left to the type."""
        schema = self._resolved(schema)
        options, offered, kind = _options(schema), _offered(schema), schema.get("type")
        if options:
            return depth <= _DEEPEST and any(self._fits(value, option, depth + 1) for option in options)
        if offered is not None:
            return _is_in(value, offered)
        return kind is None or (_is_of(value, kind) and self._parts_fit(value, schema, depth))

    def _parts_fit(self, value: Any, schema: Schema, depth: int) -> bool:
        if depth > _DEEPEST:
            return False
        if isinstance(value, str):
            return "pattern" not in schema or _matches(schema["pattern"], value)
        if isinstance(value, list):
            return all(self._fits(each, schema.get("items", {}), depth + 1) for each in value)
        if not isinstance(value, Mapping):
            return True
        asked, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        lacks = any(key not in value for key in schema.get("required", ()))
        if lacks or (others is False and any(key not in asked for key in value)):
            return False
        return all(self._fits(part, asked[key], depth + 1) for key, part in value.items() if key in asked)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema


@remembered(512)
def answer_shape(kind: type[BaseModel]) -> AnswerShape:
    """Return the form of an answer by its type; what is made of it is remembered for the next answer."""
    return AnswerShape(kind)


def _other_names(kind: Any, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """Yield other names of keys, within a type and its parts, with the key of each."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        for part in get_args(kind):
            yield from _other_names(part, seen)
        return
    if kind in seen:
        return
    seen.add(kind)
    for wanted in kind.model_fields.values():
        named = wanted.validation_alias
        choices = [each for each in named.choices if isinstance(each, str)] if isinstance(named, AliasChoices) else []
        yield from ((other, choices[0]) for other in choices[1:])
        yield from _other_names(wanted.annotation, seen)


def _options(schema: Schema) -> Sequence[Schema]:
    found: Sequence[Schema] = schema.get("anyOf") or schema.get("oneOf") or ()
    return found


def _offered(schema: Schema) -> Sequence[Any] | None:
    """Return the values that a schema offers; None where it offers none by name."""
    if "const" in schema:
        return [schema["const"]]
    found: Sequence[Any] | None = schema.get("enum")
    return found


def _is_of(value: Any, kind: Any) -> bool:
    """Say whether a value is of one of JSON's types; true and false are no numbers."""
    return kind in _KINDS and isinstance(value, _KINDS[kind]) and (not isinstance(value, bool) or kind == "boolean")


def _is_in(value: Any, offered: Sequence[Any]) -> bool:
    return value in offered and any(type(value) is type(each) and value == each for each in offered)


def _by(fold: Callable[[str], str], offered: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
    found = defaultdict(list)
    for each in offered:
        for text in _texts(each):
            if folded := fold(text):
                found[folded].append(each)
    return found


def _texts(value: Any) -> list[str]:
    """Return how a value may be written as a text."""
    if value is None:
        return []
    if isinstance(value, Written):
        return [value.text, *([str(int(value))] if value.is_integer() else [])]
    return [value if isinstance(value, str) else str(value)]


def _spelled(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.split()).strip(_QUOTES).removesuffix(".").removesuffix("。").strip(_QUOTES)


def _only(value: Any) -> Any:
    """Return what a list holds if it holds one value alone."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _decoded(value: Any) -> Any:
    """Return the list or the object that a text is, as JSON within JSON."""
    inner = read_json(value) if isinstance(value, str) and value.strip()[:1] in ("[", "{") else None
    return value if inner is None else inner


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    match = _WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(match[1]) if match else value


def _number(value: Any) -> Any:
    match = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(match[0]) if match else value


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Written):
        return value.text
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(_folded(value), value) if isinstance(value, str) else value


def _nothing(value: Any) -> Any:
    return None if isinstance(value, str) and _folded(value) in ("", "null") else value


@lru_cache(1024)
def _pattern(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern))


def _matches(pattern: str, text: str) -> bool:
    """Say whether a text has a pattern, as pydantic reads it: in time that grows with its length alone."""
    return _pattern(pattern).isinstance_python(text)


_MENDS: dict[str, Callable[[Any], Any]] = {
    "integer": _whole,
    "number": _number,
    "string": _text,
    "boolean": _boolean,
    "null": _nothing,
}
_KINDS: dict[Any, Any] = {
    "integer": int,
    "number": int | float,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": Mapping,
}
