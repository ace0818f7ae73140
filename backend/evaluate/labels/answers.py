"""Results of Label Studio → values that can be compared: what an annotation or a prediction says of each control."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["choices", "taxonomy", "spans", "texts", "numbers", "ranks"]
TreePath = tuple[str, ...]
"""A choice from the top of its tree down; of one part where there is no tree."""
WHOLE = ""
"""The unit of a control that is asked once for a task."""


class MarkedSpan(NamedTuple):
    """A labelled stretch.

    Attributes:
        item: the object tag, and within it the paragraph or the element where offsets begin.
        start, end: `end` exclusive.
    """

    item: str
    start: int
    end: int
    label: str


Value = frozenset[TreePath] | frozenset[MarkedSpan] | str | float | tuple[tuple[str, TreePath], ...]
"""Choices, spans, a text, a number, or what was ranked: each list's name with its items in their order."""
Place = tuple[str, str]
"""A control's name, and of which region it says something; `WHOLE` if of the task."""

KINDS: Mapping[str, Kind] = {
    "choices": "choices",
    "pairwise": "choices",
    "taxonomy": "taxonomy",
    "labels": "spans",
    "hypertextlabels": "spans",
    "paragraphlabels": "spans",
    "textarea": "texts",
    "datetime": "texts",
    "rating": "numbers",
    "number": "numbers",
    "ranker": "ranks",
}
"""How the results of each type are compared."""


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """What one annotation or one prediction says.

    Attributes:
        values: by place.
        scores: how sure a result is, by place, where results have a score of their own.
        span_scores: likewise by control and span.
        span_texts: what stands at a span, where the result says so.
        uncompared: types of results that nothing here compares, such as relations.
    """

    values: Mapping[Place, Value] = field(repr=False)
    scores: Mapping[Place, float] = field(default_factory=dict, repr=False)
    span_scores: Mapping[tuple[str, MarkedSpan], float] = field(default_factory=dict, repr=False)
    span_texts: Mapping[MarkedSpan, str] = field(default_factory=dict, repr=False)
    uncompared: frozenset[str] = frozenset()


def read_answer(results: Iterable[Any]) -> tuple[LabelAnswer, dict[str, Kind]]:
    """Read results.

    Args:
        results: as Label Studio stores them; what has not the form of a result is left out.

    Returns:
        What they say, and the kind of each control that they name.
    """
    values: dict[Place, Value] = {}
    scores: dict[Place, float] = {}
    span_scores: dict[tuple[str, MarkedSpan], float] = {}
    texts: dict[MarkedSpan, str] = {}
    kinds: dict[str, Kind] = {}
    uncompared = set()
    for result in results:
        kind = KINDS.get(str(result.get("type"))) if isinstance(result, dict) else None
        value = result.get("value") if isinstance(result, dict) else None
        if kind is None or not isinstance(value, dict) or not isinstance(result.get("from_name"), str):
            uncompared.add(_type_of(result))
            continue
        control = result["from_name"]
        read = _READERS[kind](result, value)
        if read is None:
            continue
        if kinds.setdefault(control, kind) != kind:  # no label config has such controls
            uncompared.add(_type_of(result))
            continue
        place = (control, WHOLE if kind == "spans" else _unit(value))
        if kind == "spans" and isinstance(read, frozenset) and isinstance(value.get("text"), str):
            texts |= {span: value["text"] for span in read if isinstance(span, MarkedSpan)}
        values[place] = _joined(values.get(place), read)
        score = probability(result.get("score"))
        if score is not None and isinstance(read, frozenset) and kind == "spans":
            span_scores |= {(control, span): score for span in read if isinstance(span, MarkedSpan)}
        elif score is not None:
            scores[place] = min(score, scores.get(place, 1.0))
    return LabelAnswer(values, scores, span_scores, texts, frozenset(uncompared)), kinds


def label_parts(value: Value) -> Iterator[str]:
    """Yield the labels in a value; of a path all its parts, of texts, numbers and rankings none."""
    for part in value if isinstance(value, frozenset) else ():
        yield from (part.label,) if isinstance(part, MarkedSpan) else part


def is_of_kind(value: Value, kind: Kind) -> bool:
    """Say whether a value is one of a kind of control."""
    if isinstance(value, frozenset):
        return kind in ("choices", "taxonomy", "spans") and all(
            isinstance(part, MarkedSpan) is (kind == "spans") for part in value
        )
    return isinstance(value, {"texts": str, "numbers": float, "ranks": tuple}.get(kind, frozenset))


def probability(score: Any) -> float | None:
    """Return a score, None if it is no number from 0 to 1."""
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return float(score) if is_number and 0 <= score <= 1 else None


def _type_of(result: Any) -> str:
    """Name a type of results that nothing compares; anything may stand there."""
    named = result.get("type") if isinstance(result, dict) else None
    return named if isinstance(named, str) and named.isascii() and named.isalpha() and len(named) < 40 else "unknown"


def _joined(before: Value | None, new: Value) -> Value:
    """Take several results of one control together; of a number or a ranking the last."""
    if isinstance(before, frozenset) and isinstance(new, frozenset):
        return frozenset([*before, *new])
    if isinstance(before, str) and isinstance(new, str):
        return f"{before}\n{new}"
    return new


def _unit(value: Mapping[str, Any]) -> str:
    """Name the region that a result is about: it repeats the region's coordinates."""
    span = _stretch("", value)
    return WHOLE if span is None else f"{span[0]} {span[1]}-{span[2]}".strip()


def _choices(_: Mapping[str, Any], value: Mapping[str, Any]) -> frozenset[TreePath] | None:
    given = value.get("selected") or value.get("choices") or value.get("taxonomy") or []
    return frozenset(_paths(given if isinstance(given, list) else [given]))


def _paths(given: list[Any]) -> Iterator[TreePath]:
    for choice in given:
        parts = choice if isinstance(choice, list) else [choice]
        if parts and all(isinstance(part, str) for part in parts):
            yield tuple(parts)


def _spans(result: Mapping[str, Any], value: Mapping[str, Any]) -> frozenset[MarkedSpan] | None:
    stretch = _stretch(str(result.get("to_name", "")), value)
    labels = value.get(str(result.get("type")))
    if stretch is None or not isinstance(labels, list):
        return None
    return frozenset(MarkedSpan(*stretch, label) for label in labels if isinstance(label, str))


def _stretch(item: str, value: Mapping[str, Any]) -> tuple[str, int, int] | None:
    """Return where a region stands, None if it is none; offsets that start elsewhere belong to another item."""
    offsets = value.get("globalOffsets")
    if isinstance(offsets, dict):
        return _ordered(item, offsets.get("start"), offsets.get("end"))
    if "startOffset" not in value:
        return _ordered(item, value.get("start"), value.get("end"))
    first, last = str(value.get("start")), str(value.get("end"))
    start, end = value.get("startOffset"), value.get("endOffset")
    if first == last:
        return _ordered(f"{item} {first}", start, end)
    whole = f"{item} {first}…{last}:{end}"  # over several elements: compared as a whole
    return _ordered(whole, start, start + 1 if isinstance(start, int) else None)


def _ordered(item: str, start: Any, end: Any) -> tuple[str, int, int] | None:
    good = isinstance(start, int) and isinstance(end, int) and 0 <= start < end
    return (item, start, end) if good else None


def _texts(_: Mapping[str, Any], value: Mapping[str, Any]) -> str | None:
    given = value.get("text", value.get("datetime"))
    lines = given if isinstance(given, list) else [given]
    return "\n".join(lines) if all(isinstance(line, str) for line in lines) else None


def _numbers(_: Mapping[str, Any], value: Mapping[str, Any]) -> float | None:
    given = value.get("rating", value.get("number"))
    is_number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    return float(given) if is_number and given is not None else None


def _ranks(_: Mapping[str, Any], value: Mapping[str, Any]) -> tuple[tuple[str, TreePath], ...] | None:
    given = value.get("ranker")
    if isinstance(given, list):
        given = {"": given}
    if not isinstance(given, dict) or not all(isinstance(items, list) for items in given.values()):
        return None
    return tuple((str(name), tuple(map(str, items))) for name, items in given.items())


_READERS: Mapping[Kind, Callable[[Mapping[str, Any], Mapping[str, Any]], Value | None]] = {
    "choices": _choices,
    "taxonomy": _choices,
    "spans": _spans,
    "texts": _texts,
    "numbers": _numbers,
    "ranks": _ranks,
}
