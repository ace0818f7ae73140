"""Answers → Label Studio results on the original text: mentions are grounded, placeholders restored."""

import hashlib
from collections.abc import Mapping, Sequence

from backend.redact import RedactedTask, RedactedText
from backend.schema import Answer, parts
from backend.types import JSON, Handler, Plan, Span
from backend.words import word_pattern

QUOTES = " \t\r\n\"'“”„«»‘’"


class TaskDocument:
    """The text of one object tag, as a handler sees it: the original, reached through the redacted one."""

    def __init__(self, text: RedactedText, task: RedactedTask) -> None:
        self._text = text
        self._task = task

    def find(self, mention: str) -> Sequence[Span]:
        """Find all occurrences of the model's words, as whole words; spans are of the original text."""
        for words in (mention, mention.strip(QUOTES), self._task.placeholder(mention)):
            pattern = word_pattern([words]) if words else None
            found = [self._span(*match.span()) for match in pattern.finditer(self._text.text)] if pattern else []
            if found:
                return found
        return []

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders."""
        return self._task.restore(text)

    def _span(self, start: int, end: int) -> Span:
        first, last = self._text.to_source(start, end)
        return Span(first, last, self._text.source[first:last])


def build_results(plan: Plan, handlers: Mapping[str, Handler], answer: Answer, task: RedactedTask) -> tuple[JSON, ...]:
    """Turn an answer into Label Studio results, in the order of the config's controls."""
    results: list[JSON] = []
    for control, part in parts(plan, answer):
        document = TaskDocument(task.fields[control.field], task)
        for index, region in enumerate(handlers[control.tag].regions(control, part, document)):
            results.append(
                {
                    "id": _region_id(control.from_name, index),
                    "from_name": control.from_name,
                    "to_name": control.to_name,
                    "type": region.type,
                    "value": dict(region.value),
                }
            )
    return tuple(results)


def _region_id(from_name: str, index: int) -> str:
    """Return an id that is unique in the task and the same at each run."""
    return hashlib.sha256(f"{from_name}\0{index}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
