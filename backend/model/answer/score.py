"""Token probabilities → how sure a model was of each part of its answer. Raw: nothing of it is calibrated."""

import json
import math
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, TypeAlias

from backend.model.answer.places import PlacedValue, find_places
from backend.model.answer.tokens import Token

Schema: TypeAlias = Mapping[str, Any]
AnswerPath: TypeAlias = tuple[str | int, ...]
"""The keys and numbers that lead to a part of an answer."""
MOST_OFFERED = 1_000
"""Whole numbers within bounds that are told apart; of more, a number is one of any."""
_BEGINNINGS = tuple('"{[-tfn0123456789')
"""With what a value of a list may begin."""


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """How sure a model was of its answer, 0 to 1; no text stands here but keys.

    Attributes:
        values: by where it stands, of each text, number, label.
        ends: of each list, that nothing else belongs to it.
        texts: by where it stands, of each text as a whole: the longer, the less likely.
    """

    values: Mapping[AnswerPath, float] = field(default_factory=dict)
    ends: Mapping[AnswerPath, float] = field(default_factory=dict)
    texts: Mapping[AnswerPath, float] = field(default_factory=dict)

    def of(self, path: AnswerPath, without: Collection[str] = ()) -> float | None:
        """Return how sure the model was of a part; None if unknown.

        Of a part of a list, such as a span, that is the probability of all that it says. Of all else it is as sure as
        of the most doubtful value in it.

        Args:
            path: where the part stands.
            without: keys right below it that are told apart.
        """
        size = len(path)
        own = {
            place: score
            for scores in (self.values, self.ends)
            for place, score in scores.items()
            if place[:size] == path and (len(place) == size or place[size] not in without)
        }
        if own and path and isinstance(path[-1], int):
            return math.prod(self.texts.get(place, score) for place, score in own.items())
        return min(own.values(), default=None)


NO_SCORES = AnswerScores()


def score_answer(tokens: Sequence[Token], content: str, schema: Schema) -> AnswerScores:
    """Score each part of an answer.

    A label is scored among those that are offered: at each of its tokens, by the share of its probability in that of
    all tokens that lead to one of them. A text has the geometric mean of its tokens' probabilities, so that a long one
    is not less sure than a short one.

    Args:
        tokens: the answer's.
        content: the answer, tidied; what differs from what the tokens say is not scored.
        schema: JSON Schema of the answer's form.
    """
    text = "".join(token.text for token in tokens)
    places = find_places(text)
    if places is None:
        return NO_SCORES
    scoring = _Scoring(tokens, text, schema)
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return NO_SCORES
    root = _root(places, schema)
    if root is not None:
        scoring.walk((), root, answer, schema)
    return AnswerScores(scoring.values, scoring.ends, scoring.texts)


def _root(places: PlacedValue, schema: Schema) -> PlacedValue | None:
    """Return the object that is the answer, though others may wrap it."""
    asked, waiting = schema.get("properties", {}).keys(), [places]
    while waiting:
        place = waiting.pop(0)
        if place.keys is not None and asked & place.keys.keys():
            return place
        waiting += [*(place.keys or {}).values(), *(place.items or ())]
    return None


class _Scoring:
    def __init__(self, tokens: Sequence[Token], text: str, schema: Schema) -> None:
        self.values: dict[AnswerPath, float] = {}
        self.ends: dict[AnswerPath, float] = {}
        self.texts: dict[AnswerPath, float] = {}
        self._tokens, self._text, self._defs = tokens, text, schema.get("$defs", {})
        self._starts = list(accumulate((len(token.text) for token in tokens), initial=0))
        self._labels: dict[int, dict[str, str] | None] = {}

    def walk(self, path: AnswerPath, place: PlacedValue, answer: Any, schema: Schema) -> None:
        """Score a value and all that stands in it, as far as it is what the answer says."""
        options = [each for each in self._options(schema) if _may_be(each, place)]
        if place.keys is not None and isinstance(answer, dict):
            for key, part in place.keys.items():
                for option in options:
                    if key in answer and key in option.get("properties", {}):
                        self.walk((*path, key), part, answer[key], option["properties"][key])
        elif place.items is not None and isinstance(answer, list):
            if len(place.items) == len(answer) and options:
                for index, part in enumerate(place.items):
                    self.walk((*path, index), part, answer[index], options[0].get("items", {}))
                if len(answer) != options[0].get("maxItems"):
                    self.ends[path] = self._end(place)
        elif place.keys is None and place.items is None and (isinstance(answer, str) or place.value == answer):
            self.values[path] = self._value(path, place, answer, schema)

    def _options(self, schema: Schema) -> Iterator[Schema]:
        if "$ref" in schema:
            schema = self._defs.get(str(schema["$ref"]).rpartition("/")[2], {})
        for option in schema.get("anyOf", ()):
            yield from self._options(option)
        if "anyOf" not in schema:
            yield schema

    def _value(self, path: AnswerPath, place: PlacedValue, answer: Any, schema: Schema) -> float:
        if id(schema) not in self._labels:  # which lives as long as this
            self._labels[id(schema)] = _written(_offered(list(self._options(schema))))
        offered = self._labels[id(schema)]
        if offered is not None and offered.get(repr(answer)) and answer == place.value:
            others = [text for name, text in offered.items() if name != repr(answer)]
            behind = isinstance(place.value, int) and not isinstance(place.value, bool)  # 1 might have become 10
            return self._share(place.start, place.end + behind, others)
        own = [token.logprob for _, token in self._between(place.start, place.end)]
        whole = math.exp(sum(own))
        if not isinstance(place.value, str):
            return whole
        self.texts[path] = whole
        return math.exp(sum(own) / max(len(own), 1))

    def _end(self, place: PlacedValue) -> float:
        """Return how sure it is that a list ends where it does."""
        items = place.items or ()
        start = items[-1].end if items else place.start + 1
        return self._share(start, place.end, [","] if items else _BEGINNINGS)

    def _share(self, start: int, end: int, others: Collection[str]) -> float:
        """Return the probability of what was written among that and what else could stand there.

        Args:
            start, end: where it stands.
            others: which could, as JSON.
        """
        share, written = 1.0, self._text[start:end]
        for begins, token in self._between(start, end):
            head = self._text[start : max(begins, start)]
            rivals = [other for other in others if other.startswith(head)]
            if not rivals:
                break
            before = self._text[begins:start] if begins < start else ""
            mine, theirs = math.exp(token.logprob), 0.0
            for text, logprob in token.others:
                if not text.startswith(before):
                    continue
                said = head + text[len(before) :]
                is_mine, is_theirs = _leads(said, written), any(_leads(said, rival) for rival in rivals)
                mine += math.exp(logprob) * (is_mine and not is_theirs)
                theirs += math.exp(logprob) * (is_theirs and not is_mine)
            share *= (mine / (mine + theirs) if mine > 0 else 0.0) if token.others else mine
        return min(share, 1.0)

    def _between(self, start: int, end: int) -> Iterator[tuple[int, Token]]:
        """Yield the tokens that reach into a stretch, each with where it begins."""
        index = max(bisect_right(self._starts, start) - 1, 0)
        while index < len(self._tokens) and self._starts[index] < end:
            if self._starts[index + 1] > start:
                yield self._starts[index], self._tokens[index]
            index += 1


def _leads(said: str, written: str) -> bool:
    """Say whether what is said so far may become, or has become, what is written."""
    if len(said) <= len(written):
        return written.startswith(said)
    is_number = written[-1:].isdigit()
    return said.startswith(written) and not (is_number and said[len(written)] in "0123456789.eE")


def _may_be(option: Schema, place: PlacedValue) -> bool:
    kind = option.get("type")
    if place.keys is not None or place.items is not None:
        return kind in (None, "object" if place.keys is not None else "array")
    return kind not in ("object", "array")


def _offered(options: Sequence[Schema]) -> list[Any] | None:
    """Return all values that a form lets stand in a place; None where they are not counted."""
    found: list[Any] = []
    for option in options:
        kind = option.get("type")
        if "const" in option:
            found.append(option["const"])
        elif "enum" in option:
            found += option["enum"]
        elif kind == "null":
            found.append(None)
        elif kind == "boolean":
            found += [True, False]
        elif kind == "integer" and isinstance(bounds := _bounds(option), range) and len(bounds) <= MOST_OFFERED:
            found += bounds
        else:
            return None
    return found


def _written(offered: Sequence[Any] | None) -> dict[str, str] | None:
    """Return values as they stand in JSON, each under a name of its own."""
    return None if offered is None else {repr(each): json.dumps(each, ensure_ascii=False) for each in offered}


def _bounds(option: Schema) -> range | None:
    low, high = option.get("minimum"), option.get("maximum")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return range(math.ceil(low), math.floor(high) + 1)
