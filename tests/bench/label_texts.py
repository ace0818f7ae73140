"""Annotated texts cut to short pieces, for a model to name their people, organizations and places."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENTITIES = {"PERSON": "Person", "ORGANIZATION": "Organization", "GPE": "Location", "LOCATION": "Location"}
LEFT_OUT = "STREET_ADDRESS"
"""Whether a street's name is a location, the annotations do not say."""
MOST_WORDS = 60

_BORDER = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*[ \t]+(?=[^\W\d_a-zа-яё]|[\d«“\"'(\[])|\n+")
_SHORTENED = re.compile(r"(?<![^\s(])(?:[^\W\d_]|[^\W\d_a-zа-яё][^\W\d_]{1,3})\.$")
"""Ends with an initial or a title such as `Dr.`; of a short name at a sentence's end one border fewer is seen."""

Spans = Sequence[tuple[int, int, str]]
"""(start, end, entity type) of each span, `end` exclusive."""


@dataclass(frozen=True, slots=True)
class Source:
    """A set of annotated texts.

    Attributes:
        file: its name, without the ending.
        kind: of the tasks that are made of it.
        language: of the texts that are taken; "" for all.
        is_made: whether texts are made of templates: then an id is its template's, with a last part more.
    """

    file: str
    kind: str
    language: str = ""
    is_made: bool = False


SOURCES = (
    Source("trades", "texts", "en"),
    Source("chats", "chats"),
    Source("records", "texts"),
    Source("trades", "french", "fr"),
    Source("french", "french", "fr", is_made=True),
    Source("trades", "russian", "ru"),
    Source("russian_texts", "russian"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text with its entities.

    Attributes:
        right: (start, end, label) of each entity.
    """

    text: str = field(repr=False)
    right: frozenset[tuple[int, int, str]] = field(repr=False)

    @property
    def worth(self) -> tuple[int, int]:
        """How much a text tells: of organizations and places, which are rare, and of people."""
        people = sum(label == "Person" for _, _, label in self.right)
        return len(self.right) - people, people


def read_pieces(source: Source, folder: Path) -> Iterator[tuple[str, str, Piece]]:
    """Yield one piece of each text of a set that has any, with its half and the group of texts that are alike."""
    groups: set[str] = set()
    for document in json.loads((folder / f"{source.file}.json").read_text(encoding="utf-8")):
        group = document["id"].rpartition("-")[0] if source.is_made else document["id"]
        if group in groups or not _is_wanted(source, document):
            continue
        spans = [(span["start"], span["end"], span["entity_type"]) for span in document["spans"]]
        if best := best_piece(document["text"], spans):
            groups.add(group)
            yield document["half"], f"{source.file} {group}", best


def _is_wanted(source: Source, document: Mapping[str, Any]) -> bool:
    language = document.get("language") or (document["group"] if source.is_made else "")
    return not source.language or language == source.language


def best_piece(text: str, spans: Spans) -> Piece | None:
    """Return the piece with the most organizations and places, of those without a street's address; the first of such.

    Returns:
        None if no piece has an entity.
    """
    cut = (_cut(text, spans, start, end) for start, end in places(text, spans))
    return max((piece for piece in cut if piece and piece.right), key=lambda piece: piece.worth, default=None)


def places(text: str, spans: Spans = ()) -> list[tuple[int, int]]:
    """Return the places of pieces: sentences with no more than 60 words together; longer ones are left out."""
    found: list[tuple[int, int]] = []
    for start, end in _sentences(text, spans):
        if _words(text[start:end]) > MOST_WORDS:
            continue
        last = found[-1] if found else (start, start)
        joins = found and not text[last[1] : start].strip() and _words(text[last[0] : end]) <= MOST_WORDS
        found[len(found) - bool(joins) :] = [(last[0] if joins else start, end)]
    return found


def _sentences(text: str, spans: Spans) -> Iterator[tuple[int, int]]:
    start = 0
    for border in _BORDER.finditer(text):
        is_within = any(first < border.end() and border.start() < last for first, last, _ in spans)
        if is_within or ("\n" not in border[0] and _SHORTENED.search(text, start, border.start())):
            continue
        end = border.start() + len(border[0].rstrip())
        if end > start:
            yield start, end
        start = border.end()
    if rest := text[start:].rstrip():
        yield start, start + len(rest)


def _words(text: str) -> int:
    return len(text.split())


def _cut(text: str, spans: Spans, start: int, end: int) -> Piece | None:
    own = [span for span in spans if start <= span[0] and span[1] <= end]
    if any(entity_type == LEFT_OUT for *_, entity_type in own):
        return None
    right = ((a - start, b - start, ENTITIES[entity_type]) for a, b, entity_type in own if entity_type in ENTITIES)
    return Piece(text[start:end], frozenset(right))
