"""Detections → redacted text with an exact map to the original, and the only way to make a prompt that may be sent.

Privacy is a type here: `RedactedText`, `RedactedTask` and `ClearedPrompt` are made by this module alone, and the
gateway takes nothing but a `ClearedPrompt`.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from typing import Literal

from backend.errors import AnswerError, LastLookError
from backend.types import Detection, Placeholder
from backend.words import word_pattern

LITERAL = "LITERAL"
"""Entity type of what looks like a placeholder in the original text: replaced, so that all placeholders are ours."""
WITHHELD = "WITHHELD"
"""Entity type of a withheld field's value where it stands in another field."""

# A placeholder, as we write it or as a model may give it back: in another case, or without its brackets.
_TOKEN = re.compile(r"\[[A-Za-z][A-Za-z0-9_]*_[0-9]+\]|(?<!\w)[A-Za-z][A-Za-z0-9_]*_[0-9]+(?!\w)")
_NAME_PART = re.compile(r"[^\W\d_]{3,}")
_SEAL = object()


def _sealed(seal: object, kind: str) -> None:
    if seal is not _SEAL:
        raise TypeError(f"{kind} is made by backend.redact alone")


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message."""

    role: Literal["system", "user", "assistant"]
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A text with placeholders in place of personal data.

    Attributes:
        source: the original.
        text: what may be shown to a model.
        placeholders: by their order in the text; no two overlap.
    """

    source: str = field(repr=False)
    text: str = field(repr=False)
    placeholders: tuple[Placeholder, ...] = field(repr=False)
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        _sealed(seal, "RedactedText")

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the redacted text to the original; a part of a placeholder stands for the whole of it."""
        edges = [(p.start, p.end, p.source_start, p.source_end) for p in self.placeholders]
        return _map_edge(edges, start, False), _map_edge(edges, end, True)

    def to_redacted(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the original to the redacted text; a part of a redacted value stands for the whole of it."""
        edges = [(p.source_start, p.source_end, p.start, p.end) for p in self.placeholders]
        return _map_edge(edges, start, False), _map_edge(edges, end, True)


def _map_edge(edges: Sequence[tuple[int, int, int, int]], place: int, is_end: bool) -> int:
    """Map an offset by (start, end, other start, other end) stretches; within one to its other start or end."""
    index = bisect_right(edges, place - is_end, key=lambda edge: edge[0]) - 1
    if index < 0:
        return place
    _, end, other_start, other_end = edges[index]
    if place < end or (is_end and place == end):
        return other_end if is_end else other_start
    return other_end + place - end


@dataclass(frozen=True, slots=True)
class ClearedPrompt:
    """Messages that the privacy layer cleared: the only thing that the gateway takes.

    Attributes:
        messages: what is to be sent.
        redacted: whether personal data was replaced. If not, no external provider may get it.
    """

    messages: tuple[Message, ...] = field(repr=False)
    redacted: bool
    guarded: re.Pattern[str] | None = field(repr=False)
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        _sealed(seal, "ClearedPrompt")

    def last_look(self, request: Mapping[str, object]) -> None:
        """Search a request for original values that were redacted and for values of withheld fields (P4).

        Args:
            request: all that is about to be sent: every string in it is searched, keys too.

        Raises:
            LastLookError: names the place in the request.
        """
        if self.guarded is None:
            return
        for where, text in _strings(request, ""):
            if self.guarded.search(unicodedata.normalize("NFKC", text)):
                raise LastLookError(where)


def _strings(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Yield all strings within a JSON value, with their place; keys stand for their own block."""
    if isinstance(value, str):
        yield where or "the body", value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield where or "the body", str(key)
            # Below the first two levels keys are a schema's: names of controls, which may be what was hit.
            yield from _strings(part, where if where.count(".") >= 2 else f"{where}.{key}".lstrip("."))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for index, part in enumerate(value):
            yield from _strings(part, f"{where}[{index}]")


@dataclass(frozen=True, slots=True)
class RedactedTask:
    """All texts of a task, redacted together: a value has one placeholder in all of them.

    Attributes:
        fields: the texts by field.
    """

    fields: Mapping[str, RedactedText] = field(repr=False)
    redacted: bool
    withheld: frozenset[str] = field(repr=False)
    originals: Mapping[str, str] = field(repr=False)
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        _sealed(seal, "RedactedTask")

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders of an answer.

        Raises:
            AnswerError: names a placeholder that was never given.
        """
        return _TOKEN.sub(self._original, text)

    def placeholder(self, mention: str) -> str | None:
        """Return the placeholder that a model means by a mention such as `Person_1`, or None if it means none."""
        token = f"[{mention.strip().strip('[]').upper()}]"
        return token if token in self.originals else None

    def _original(self, match: re.Match[str]) -> str:
        token = self.placeholder(match[0])
        if token:
            return self.originals[token]
        if self.redacted and match[0].startswith("[") and match[0] == match[0].upper():
            raise AnswerError(f"the model invented the placeholder {match[0][:40]}")
        return match[0]

    def entity_counts(self) -> dict[str, int]:
        """Count the replaced stretches by entity type."""
        return dict(Counter(p.entity_type for text in self.fields.values() for p in text.placeholders))

    def clear(self, messages: Sequence[Message]) -> ClearedPrompt:
        """Clear messages that were written from this task's redacted texts."""
        values = {
            text.source[p.source_start : p.source_end] for text in self.fields.values() for p in text.placeholders
        }
        normalized = {unicodedata.normalize("NFKC", value).strip() for value in values | self.withheld}
        guarded = word_pattern(filter(_is_telling, normalized))
        return ClearedPrompt(tuple(messages), self.redacted, guarded, seal=_SEAL)


class Redactor:
    """Replaces personal data by numbered placeholders.

    Args:
        detect: returns the detections in a text; raises if it cannot vouch for them, and then nothing comes out (P3).
    """

    def __init__(self, detect: Callable[[str], Sequence[Detection]]) -> None:
        self._detect = detect

    def redact(
        self,
        fields: Mapping[str, str],
        *,
        keep: frozenset[str] = frozenset(),
        threshold: float = 0.0,
        withheld: Mapping[str, str] | None = None,
        borders: Mapping[str, Sequence[int]] | None = None,
    ) -> RedactedTask:
        """Redact the texts of a task together.

        Args:
            fields: original texts by field.
            borders: places in a field's text that no value may cross; one that does is taken as several.
            keep: entity types that are left alone.
            threshold: detections with a score below it are ignored.
            withheld: values by field that must not be sent; they are redacted wherever they stand in `fields`.

        Raises:
            DetectionError: detection failed.
        """
        hidden = frozenset(value for value in (withheld or {}).values() if value.strip())
        found: dict[str, list[Detection]] = {}
        for name, text in fields.items():
            detections = [d for d in self._detect(text) if d.score >= threshold and d.entity_type not in keep]
            detections = list(_cut(detections, (borders or {}).get(name, ())))
            literals = [Detection(*match.span(), LITERAL, 1.0) for match in _TOKEN.finditer(text)]
            found[name] = _merge(text, detections + literals + list(_matches(text, hidden, WITHHELD)))
        _propagate(fields, found)
        return _number(fields, found, hidden)

    def pass_through(self, fields: Mapping[str, str], *, withheld: Mapping[str, str] | None = None) -> RedactedTask:
        """Take the texts as they are, for models of one's own where the policy says so."""
        texts = {name: RedactedText(text, text, (), seal=_SEAL) for name, text in fields.items()}
        hidden = frozenset(value for value in (withheld or {}).values() if value.strip())
        return RedactedTask(texts, redacted=False, withheld=hidden, originals={}, seal=_SEAL)


def _matches(text: str, values: Iterable[str], entity_type: str, score: float = 1.0) -> Iterator[Detection]:
    pattern = word_pattern(values)
    for match in pattern.finditer(text) if pattern else ():
        yield Detection(*match.span(), entity_type, score)


def _cut(detections: Iterable[Detection], borders: Sequence[int]) -> Iterator[Detection]:
    """Cut detections at borders."""
    for d in detections:
        inside = borders[bisect_right(borders, d.start) : bisect_left(borders, d.end)]
        for start, end in itertools.pairwise((d.start, *inside, d.end)):
            yield replace(d, start=start, end=end)


def _merge(text: str, detections: Iterable[Detection]) -> list[Detection]:
    """Join overlapping detections to their union, typed by the surest, then the longest; trim white space."""
    merged: list[Detection] = []
    rank: tuple[float, int] = (0.0, 0)
    for found in sorted(detections, key=lambda d: (d.start, -d.end)):
        trimmed = _trim(text, found)
        if trimmed is None:
            continue
        own = (trimmed.score, trimmed.end - trimmed.start)
        if merged and trimmed.start < merged[-1].end:
            last = merged[-1]
            best = trimmed if own > rank else last
            rank = max(rank, own)
            merged[-1] = Detection(last.start, max(last.end, trimmed.end), best.entity_type, best.score)
        else:
            merged.append(trimmed)
            rank = own
    return merged


def _trim(text: str, found: Detection) -> Detection | None:
    start, end = max(found.start, 0), min(found.end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Detection(start, end, found.entity_type, found.score) if start < end else None


def _propagate(fields: Mapping[str, str], found: dict[str, list[Detection]]) -> None:
    """Redact each value, and the parts of each name, wherever else they stand in the task, until nothing changes."""
    while True:
        by_type: dict[str, set[str]] = defaultdict(set)
        for name, detections in found.items():
            for d in detections:
                by_type[d.entity_type].update(_forms(fields[name][d.start : d.end], d.entity_type))
        before = {name: [(d.start, d.end) for d in detections] for name, detections in found.items()}
        for name, text in fields.items():
            more = [d for entity_type, values in by_type.items() for d in _matches(text, values, entity_type, 0.0)]
            found[name] = _merge(text, found[name] + more)
        if before == {name: [(d.start, d.end) for d in detections] for name, detections in found.items()}:
            return


def _forms(value: str, entity_type: str) -> set[str]:
    """Return the forms of a value that are redacted too: as it is, in capitals, and the parts of a name."""
    if not _is_telling(value):
        return set()
    forms = {value}
    if entity_type == "PERSON":
        forms |= {part for part in _NAME_PART.findall(value) if part[0].isupper()}
        forms |= {form.upper() for form in forms}
    return forms


def _is_telling(value: str) -> bool:
    """Say whether a value could tell something: not bare punctuation, and no literal placeholder."""
    return any(map(str.isalnum, value)) and not _TOKEN.fullmatch(value)


def _number(
    fields: Mapping[str, str], found: Mapping[str, Sequence[Detection]], withheld: frozenset[str]
) -> RedactedTask:
    """Give each person or value its number, in order of appearance, and write the redacted texts."""
    identity = _identities(fields, found)
    tokens: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    originals: dict[str, str] = {}
    texts: dict[str, RedactedText] = {}
    for name, source in fields.items():
        parts: list[str] = []
        placeholders: list[Placeholder] = []
        place = length = 0
        for d in found[name]:
            value = source[d.start : d.end]
            key = identity[_fold(value)]
            if key not in tokens:
                kind = re.sub(r"[^A-Z0-9_]", "_", d.entity_type.upper())
                counts[kind] += 1
                tokens[key] = (f"[{kind}_{counts[kind]}]", d.entity_type)
            token, entity_type = tokens[key]
            originals[token] = max(originals.get(token, ""), value, key=lambda form: (_fold(form) == key, len(form)))
            gap = source[place : d.start]
            start = length + len(gap)
            parts += [gap, token]
            length, place = start + len(token), d.end
            placeholders.append(Placeholder(token, entity_type, start, length, d.start, d.end, d.score))
        texts[name] = RedactedText(source, "".join(parts) + source[place:], tuple(placeholders), seal=_SEAL)
    return RedactedTask(texts, redacted=True, withheld=withheld, originals=originals, seal=_SEAL)


def _identities(fields: Mapping[str, str], found: Mapping[str, Sequence[Detection]]) -> dict[str, str]:
    """Tell which values are one: a part of a name belongs to the full name, if to one alone."""
    values = {
        _fold(fields[name][d.start : d.end]): d.entity_type for name, detections in found.items() for d in detections
    }
    names = [(value, set(_NAME_PART.findall(value))) for value, kind in values.items() if kind == "PERSON"]
    identity: dict[str, str] = {}
    for value, kind in values.items():
        parts = set(_NAME_PART.findall(value))
        wholes = [whole for whole, its in names if parts < its] if kind == "PERSON" and parts else []
        identity[value] = wholes[0] if len(wholes) == 1 else value
    return identity


def _fold(value: str) -> str:
    return " ".join(value.casefold().split())
