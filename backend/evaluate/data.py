"""Annotated texts from files: presidio-research's format, a Label Studio export, and that of our own tests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from backend.errors import RequestError

_FORMS = (
    "a list of presidio-research's documents (full_text, spans) or of Label Studio's tasks, exported as JSON"
    " (not JSON-MIN), is wanted"
)


class Mark(NamedTuple):
    """A stretch of a text: code points `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    entity_type: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text with all its personal data marked.

    Attributes:
        half: `tuning` or `reporting`; "" if the data is not split.
        group: what kind of case it is, if the data says so.
        terms: words that must stay, start and end; the data may say some of them.
    """

    text: str = field(repr=False)
    spans: tuple[Mark, ...] = field(repr=False)
    half: str = ""
    group: str = ""
    terms: tuple[tuple[int, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """What a file holds.

    Attributes:
        left_out: how many tasks have no annotation.
    """

    documents: tuple[Annotated, ...]
    left_out: int


class _BadDataError(Exception):
    """Says what is wrong and what to do, without any text."""


def read_annotated(path: Path, field_name: str = "") -> AnnotatedFile:
    """Read annotated texts.

    Args:
        path: JSON: a list of documents or tasks.
        field_name: of Label Studio's tasks the key of `data` that holds the text; "" to find it out.

    Raises:
        RequestError: names the file, the document and the remedy; never a text.
    """
    problem = ""
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}) - check its name and your rights"
    except (ValueError, RecursionError) as error:
        problem = f"is no valid JSON in UTF-8 (line {getattr(error, 'lineno', '?')}) - {_FORMS}"
    if not problem and (not isinstance(items, list) or not items):
        problem = f"holds no list of documents - {_FORMS}"
    if problem:
        raise RequestError(f"{path} {problem}")
    documents = []
    for number, item in enumerate(items, 1):
        try:
            documents.append(_document(item, field_name))
        except _BadDataError as error:
            problem = f"document {number}: {error}"
            break
    if problem:
        raise RequestError(f"{path}: {problem}")
    found = tuple(document for document in documents if document)
    if not found:
        raise RequestError(f"{path}: no task is annotated - export it from Label Studio with its annotations")
    return AnnotatedFile(found, len(documents) - len(found))


def _document(item: Any, field_name: str) -> Annotated | None:
    if not isinstance(item, dict):
        raise _BadDataError(f"is no object - {_FORMS}")
    if isinstance(item.get("data"), dict):
        return _task(item, field_name)
    keys = ("start_position", "end_position") if "full_text" in item else ("start", "end")
    text = item.get("full_text", item.get("text"))
    if not isinstance(text, str) or not isinstance(item.get("spans"), list):
        raise _BadDataError(f"lacks a text or a list of spans - {_FORMS}")
    spans = tuple(_mark(text, span, (*keys, "entity_type"), i) for i, span in enumerate(item["spans"], 1))
    half = item.get("half", "")
    if isinstance(item.get("template_id"), int):
        half = "reporting" if item["template_id"] % 2 else "tuning"
    marks = (_mark(text, {**term, "kind": ""}, ("start", "end", "kind"), 0) for term in item.get("terms", ()))
    terms = tuple((mark.start, mark.end) for mark in marks)
    return Annotated(text, spans, str(half), str(item.get("group", "")), terms)


def _mark(text: str, span: Any, keys: tuple[str, str, str], number: int) -> Mark:
    start, end, entity_type = (span.get(key) for key in keys) if isinstance(span, dict) else (None, None, None)
    if type(start) is not int or type(end) is not int or not isinstance(entity_type, str):
        raise _BadDataError(f"span {number}: {keys[0]} and {keys[1]} must be whole numbers, {keys[2]} a word")
    if not 0 <= start < end <= len(text):
        raise _BadDataError(f"span {number}: {start} to {end} is no place in its text - count code points from 0")
    return Mark(start, end, entity_type)


def _task(task: Mapping[str, Any], field_name: str) -> Annotated | None:
    """Take the annotation that is marked as ground truth, else the first that was not skipped."""
    given = task.get("annotations")
    annotations = [a for a in given if isinstance(a, dict)] if isinstance(given, list) else []
    annotations = [a for a in annotations if not a.get("was_cancelled") and isinstance(a.get("result"), list)]
    if not annotations:
        return None
    annotation = next((a for a in annotations if a.get("ground_truth")), annotations[0])
    regions = list(_regions(annotation["result"]))
    text = task["data"].get(_field(task["data"], regions, field_name))
    if not isinstance(text, str):
        raise _BadDataError(f"its data has no text under {field_name!r} - name the right key with --field")
    marks = []
    for number, (start, end, label, value) in enumerate(regions, 1):
        mark = _mark(text, {"start": start, "end": end, "labels": label}, ("start", "end", "labels"), number)
        if isinstance(value, str) and value != text[mark.start : mark.end]:
            raise _BadDataError(
                f"region {number}: its text stands elsewhere - check --field; of tags but Text nothing is read"
            )
        marks.append(mark)
    return Annotated(text, tuple(marks))


def _regions(result: Sequence[Any]) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Yield start, end, label and text of each region with labels; one with two labels comes twice."""
    for region in result:
        value = region.get("value") if isinstance(region, dict) else None
        if isinstance(value, dict) and region.get("type") == "labels":
            for label in value.get("labels") or ["(no label)"]:
                yield value.get("start"), value.get("end"), label, value.get("text")


def _field(data: Mapping[str, Any], regions: Sequence[tuple[Any, Any, Any, Any]], field_name: str) -> str:
    """Find the key of the text: the one that was named, the only one, or the only one that fits all regions."""
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    if field_name or not texts:
        return field_name
    if len(texts) > 1 and regions:
        texts = {
            key: text
            for key, text in texts.items()
            if all(isinstance(s, int) and isinstance(e, int) and text[s:e] == v for s, e, _, v in regions)
        }
    if len(texts) != 1:
        raise _BadDataError("its data has several texts - name the annotated one with --field")
    return next(iter(texts))
