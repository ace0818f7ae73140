"""A task's data → the text of each object tag, as a reader sees it."""

import base64
import binascii
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend.errors import TaskError
from backend.labelstudio.objects.content import Content, ContentWriter
from backend.labelstudio.objects.html import read_html, visible_text
from backend.labelstudio.paths import lookup
from backend.labelstudio.types import ObjectTag
from backend.labelstudio.variables import fill, is_amount, read_variable, shown_words

__all__ = [
    "MAX_CHARACTERS",
    "MAX_ITEMS",
    "Content",
    "check_length",
    "check_unicode",
    "others_than",
    "read_content",
    "read_object_text",
]

MAX_ITEMS = 1_000
MAX_CHARACTERS = 1_000_000
"""The most that a policy allows."""
_HALF = re.compile("[\ud800-\udfff]")


def read_content(obj: ObjectTag, data: Mapping[str, Any], most: int = MAX_CHARACTERS) -> Content:
    """Take an object's text out of a task.

    Args:
        obj: the object tag.
        data: the task's data; what an address stands for must have been fetched.
        most: how many characters the whole task may have: asked before each of them is looked at.

    Raises:
        TaskError: the field is missing, of a wrong shape, empty, broken or too long. Names the field, never what it
            holds.
    """
    name = obj.field or obj.value
    try:
        content = _READERS[obj.tag](ContentWriter(), obj, _value(obj, data))
    except _ShapeError as error:
        raise TaskError(name, error.problem, error.remedy) from None
    check_length(name, len(content.text), most)
    if not content.text.strip() and obj.tag != "Chat":
        raise TaskError(name, "is empty", "there is nothing to label")
    for text in (content.text, *content.originals, *content.ids):
        check_unicode(name, text)
    return content


def read_object_text(name: str, data: Mapping[str, Any], most: int = MAX_CHARACTERS) -> str:
    """Take a text field out of a task, of at most so many characters.

    Raises:
        TaskError: it is missing, no text, empty, broken or too long.
    """
    value = _found(name, data)
    try:
        text = _string(value)
    except _ShapeError as error:
        raise TaskError(name, error.problem, error.remedy) from None
    check_length(name, len(text), most)
    if not text.strip():
        raise TaskError(name, "is empty", "there is nothing to label")
    check_unicode(name, text)
    return text


class _ShapeError(Exception):
    """A value of a wrong shape."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def _value(obj: ObjectTag, data: Mapping[str, Any]) -> Any:
    """Return what an object shows: a field's value, or words with values in them."""
    whole = read_variable(obj.value, data)
    if whole is not None:
        return whole
    if obj.field and all(lookup(data, name) is None for name in obj.fields):
        return _found(obj.field, data)
    return fill(obj.value, data, lambda name, value: _within(name, value, data, is_header=obj.tag == "Header"))


def _within(name: str, value: Any, data: Mapping[str, Any], *, is_header: bool) -> str | None:
    """Return what stands within an object's words in place of a variable."""
    if value is None and is_header:
        return None if is_amount(name) else ""
    if value is None and is_amount(name):
        return "undefined"  # as the editor shows it, so that spans behind it stand where the annotator sees them
    if value is None and not name.isascii():
        return None
    return _string(_found(name, data))


def _found(name: str, data: Mapping[str, Any]) -> Any:
    value = lookup(data, name)
    if value is None:
        what = "is null" if name in data else "is missing"
        raise TaskError(name, what, f"the task has {others_than(name, data)}")
    return value


def others_than(name: str, data: Mapping[str, Any]) -> str:
    """Count a task's other fields. Their names are data too: of a table without a head they are its first row."""
    count = len(data.keys() - {name})
    return f"{count} other field{'s' * (count != 1)}" if count else "no other field"


def check_length(name: str, length: int, most: int) -> None:
    """Refuse a task that is longer than the policy allows.

    Raises:
        TaskError: names the field and both numbers.
    """
    if length > most:
        raise TaskError(
            name,
            f"makes the task {length} characters long, and {most} are allowed",
            "split it, or raise limits.max_characters in the policy",
        )


def check_unicode(name: str, text: str) -> None:
    """Refuse a text that is no Unicode.

    Raises:
        TaskError: names the field and the place.
    """
    broken = _HALF.search(text)
    if broken is not None:
        raise TaskError(
            name, f"has half a surrogate pair at character {broken.start()}", "export the data again as UTF-8"
        )


def _string(value: Any) -> str:
    """Return a scalar as Label Studio's editor shows it; lists of them at commas, as JavaScript does."""
    words = None if isinstance(value, bool) else shown_words(value)
    if words is None:
        raise _ShapeError(f"is a {type(value).__name__}, no text", "give a string or a number")
    return words


def _text(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    writer.item(_decoded(obj, _string(value)))
    return writer.content(obj.tag)


def _hypertext(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    is_inline = obj.attrs.get("inline", "").lower() == "true"
    writer.pieces(read_html(_decoded(obj, _string(value)), is_inline=is_inline))
    return writer.content(obj.tag)


def _decoded(obj: ObjectTag, text: str) -> str:
    if obj.attrs.get("encoding", "none") not in ("base64", "base64unicode"):
        return text
    try:
        # The editor reads base64 as Latin-1, base64unicode as UTF-8.
        code = "latin-1" if obj.attrs["encoding"] == "base64" else "utf-8"
        return base64.b64decode(text, validate=True).decode(code)
    except (binascii.Error, ValueError):
        raise _ShapeError("is no valid base64", "remove encoding from the tag, or encode the data") from None


def _rows(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _ShapeError(f"is a {type(value).__name__}, no list of {what}", f"give a list of {what}")
    if len(value) > MAX_ITEMS:
        raise _ShapeError(f"has {len(value)} {what}", f"up to {MAX_ITEMS} are taken: split the task")
    return value


def _words(value: Any) -> str:
    """Return a scalar as text, "" for what is none: it is shown, not labeled."""
    return _string(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _paragraphs(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    name_key, text_key = obj.attrs.get("namekey") or "author", obj.attrs.get("textkey") or "text"
    turns = _rows(value, "paragraphs")
    for turn in _by_time(turns) if obj.attrs.get("contextscroll", "").lower() == "true" else turns:
        if not isinstance(turn, Mapping) or not isinstance(turn.get(text_key), str | int | float):
            raise _ShapeError(f"has a paragraph without {text_key!r}", "set nameKey and textKey of the tag to its keys")
        writer.border()
        if name := _words(turn.get(name_key)):
            writer.write(f"{name}: ")
            writer.border()
        writer.item(_string(turn[text_key]))
        writer.border()
        writer.write("\n")
    return writer.content(obj.tag)


def _by_time(turns: Sequence[Any]) -> list[Any]:
    """Sort turns as Label Studio does where it scrolls with the sound: those that start at 0 or never come last."""

    def times(turn: Any) -> tuple[bool, float, float]:
        start, end, duration = (_number(turn, key) for key in ("start", "end", "duration"))
        return (False, start, end or start + duration) if start else (True, 0, 0)

    return sorted(turns, key=times)


def _number(turn: Any, key: str) -> float:
    value = turn.get(key) if isinstance(turn, Mapping) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def _chat(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    messages = _rows(value, "messages")
    for number, message in enumerate(messages, 1):
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), str):
            raise _ShapeError("has a message without 'content'", "give each message a role and a content")
        writer.border()
        writer.write(f"{number}. {_words(message.get('role')) or 'user'}: ")
        writer.border()
        writer.item(message["content"])
        writer.border()
        writer.write("\n")
    numbers = tuple(str(number) for number in range(1, len(messages) + 1))
    return writer.content(obj.tag, ids=numbers, messages=tuple(messages))


def _list(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    ids = []
    for number, item in enumerate(_rows(value, "items"), 1):
        if not isinstance(item, Mapping) or not _words(item.get("id")):
            raise _ShapeError("has an item without an id", "give each item an id, and title, body or html")
        ids.append(_words(item["id"]))
        shown = [_words(item.get("title")), _words(item.get("body")), visible_text(_words(item.get("html")))]
        writer.write(f"{number}. ")
        writer.border()
        writer.write(": ".join(filter(None, shown)) or ids[-1])
        writer.border()
        writer.write("\n")
    if len(set(ids)) < len(ids):
        raise _ShapeError("has two items of one id", "give each item an id of its own")
    return writer.content(obj.tag, ids=tuple(ids))


def _table(writer: ContentWriter, obj: ObjectTag, value: Any) -> Content:
    rows = [value] if isinstance(value, Mapping) else _rows(value, "rows")
    for row in rows:
        cells = row.items() if isinstance(row, Mapping) else enumerate(row if isinstance(row, list) else [row], 1)
        for key, cell in cells:
            writer.write(f"{key}: ")
            writer.border()
            writer.write(_words(cell))
            writer.border()
            writer.write("\n")
        writer.write("\n" if len(rows) > 1 else "")
    return writer.content(obj.tag)


_READERS = {
    "Header": _text,
    "Text": _text,
    "HyperText": _hypertext,
    "Paragraphs": _paragraphs,
    "Chat": _chat,
    "List": _list,
    "Table": _table,
}
