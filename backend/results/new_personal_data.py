"""Personal data in what a model wrote that it was not given: found, and marked or dropped as the policy says.

A model may make a person up, or recall one. What stands in the task or in the prompt is not new, however it is written.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import getitem
from typing import Any

from backend.errors import AnswerError, LanguageError
from backend.labelstudio.visibility import ResultAbout
from backend.policy.types import Decision
from backend.privacy.entity_types import INDIRECT_TYPES, LITERAL
from backend.privacy.names.parts import TITLES
from backend.privacy.redact import RedactedTask, RedactOptions, Redactor
from backend.privacy.text.normalize import normalize
from backend.system.writing import JSON, json_texts

INDIRECT = INDIRECT_TYPES - {"ZIP_CODE"} | {"GENDER", "GPE", "NATIONALITY"}
"""Entity types that tell nobody apart by themselves. All others, unknown ones too, are looked for in answers."""

_PART = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"\d(?:[\W_]{0,3}\d)+")
_LEAST_DIGITS = 6
_TELLING_DIGITS = 9
"""The last digits of a phone number, which are the same with and without its country's prefix."""
_ENDING = 3
"""Letters by which two forms of a Russian name may differ."""


class KnownValues:
    """What the model was given, in the forms in which its answer may repeat it.

    Args:
        texts: the task's originals, and what the prompt says beside them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)

    @classmethod
    def of(cls, originals: Iterable[str], prompts: Iterable[str], task: RedactedTask) -> "KnownValues":
        """Take a task's originals and the prompts that were sent, without what stood in them for redacted values."""
        stand_ins = {p.token for text in task.fields.values() for p in text.placeholders}
        pattern = re.compile("|".join(map(re.escape, sorted(stand_ins, key=len, reverse=True))) or r"(?!)")
        return cls([*originals, *(pattern.sub(" ", prompt) for prompt in prompts)])

    def has(self, value: str, entity_type: str) -> bool:
        """Say whether a value stands there; of a name, each of its parts; of a number, whatever parts its digits."""
        wanted = _plain(value)
        if wanted in self._whole:
            return True
        if entity_type == "PERSON":
            parts = {part for part in _PART.findall(wanted) if part not in TITLES}
            return bool(parts) and all(map(self._has_part, parts))
        digits = _digits(wanted)
        return len(digits) >= _LEAST_DIGITS and any(digits[-_TELLING_DIGITS:] in number for number in self._numbers)

    def _has_part(self, part: str) -> bool:
        if part in self._parts:
            return True
        stem = part[: max(len(part) - _ENDING, _ENDING)]
        longest = len(part) + _ENDING
        near = (known for known in self._parts if known.startswith(stem) and len(known) <= longest)
        return _is_cyrillic(part) and any(map(_is_cyrillic, near))

    @cached_property
    def _whole(self) -> str:
        return "\n".join(map(_plain, self._texts))

    @cached_property
    def _parts(self) -> frozenset[str]:
        return frozenset(_PART.findall(self._whole))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(_digits(match[0]) for match in _NUMBER.finditer(self._whole))


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """Answers that were looked at.

    Attributes:
        answers: those that stay, marked where the policy says so.
        marked: counts the answers that were marked, by reason.
        dropped: counts those that were left out, by reason.
    """

    answers: list[ResultAbout] = field(default_factory=list)
    marked: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


def is_written(answer: ResultAbout) -> bool:
    """Say whether an answer holds words of the model's own."""
    return answer.is_new and bool(_texts(answer))


def written(answers: Iterable[ResultAbout]) -> list[str]:
    """Return the texts that a model wrote."""
    return [text for answer in answers if answer.is_new for text in _texts(answer)]


def look(answers: Sequence[ResultAbout], known: KnownValues, redactor: Redactor, decision: Decision) -> CheckedAnswers:
    """Look for personal data in what the model wrote.

    Args:
        answers: with the original values in place.
        known: what the model was given.
        redactor: finds personal data as the policy says.
        decision: whether an answer is marked or dropped, and which types are of interest.

    Raises:
        DetectionError: detection failed.
        AnswerError: a required answer was dropped.
    """
    looked, cut = CheckedAnswers(), set[str]()
    notes: dict[str, list[str]] = defaultdict(list)
    for answer in answers:
        said = _reasons(answer, known, redactor, decision) if answer.is_new else []
        if answer.control and answer.control.from_name in cut:
            looked.dropped["it follows one that was left out"] += 1
        elif not any(said):
            looked.answers.append(answer)
        elif decision.answers == "flag":
            looked.marked.update(filter(None, said))
            looked.answers.append(answer)
            notes[answer.id] += filter(None, said)
        else:
            looked.dropped.update(filter(None, said))
            looked.answers.extend(_rest(answer, said))
            if answer.control and answer.control.role.converses:
                cut.add(answer.control.from_name)  # a conversation makes no sense with a hole
    return replace(looked, answers=[_marked(answer, notes.get(answer.id, ())) for answer in looked.answers])


def _reasons(answer: ResultAbout, known: KnownValues, redactor: Redactor, decision: Decision) -> list[str]:
    return [_reason(text, known, redactor, decision) for text in _texts(answer)]


def _rest(answer: ResultAbout, reasons: Sequence[str]) -> Iterable[ResultAbout]:
    """Yield what is left of an answer without the texts that a reason was found for, if anything is."""
    control = answer.control
    keys = (control.role.words if control else None) or ()
    kept = [text for text, reason in zip(_texts(answer), reasons, strict=True) if not reason]
    if kept and keys:
        value = _replaced(answer.result["value"], keys, kept)
        yield replace(answer, result={**answer.result, "value": value})
        return
    if control and control.flag("required"):
        said = ", ".join(filter(None, reasons))
        raise AnswerError(f"{control.tag} {control.from_name!r} is required, and its text has {said}")


def _reason(text: str, known: KnownValues, redactor: Redactor, decision: Decision) -> str:
    """Say what personal data stands in a text that is new; "" if there is none. None of it is in the reason."""
    options = RedactOptions(keep=decision.keep | INDIRECT, threshold=decision.threshold)
    try:
        found = redactor.redact({"": text}, options).fields[""]
    except LanguageError as error:  # nothing leaves with an answer: that it cannot be looked at is all there is to say
        return f"personal data not looked for: unknown language {error.language}"
    values = {(p.entity_type, found.source[p.source_start : p.source_end]) for p in found.placeholders}
    new = Counter(kind for kind, value in values if kind != LITERAL and not known.has(value, kind))
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(new.items()))
    return f"personal data not in the text: {counts}" if counts else ""


def _texts(answer: ResultAbout) -> list[str]:
    """Return what a model wrote itself in a result, by its control's role."""
    keys = answer.control.role.words if answer.control else None
    value = answer.result.get("value")
    if keys == () or not isinstance(value, Mapping):
        return []
    return list(json_texts(reduce(getitem, keys or (), value)))


def _replaced(value: Mapping[str, Any], keys: Sequence[str], texts: Sequence[str]) -> JSON:
    """Return a value with other texts in the place to which keys lead."""
    key, *below = keys
    return {**value, key: _replaced(value[key], below, texts) if below else list(texts)}


def _marked(answer: ResultAbout, notes: Sequence[str]) -> ResultAbout:
    """Mark an answer where Label Studio keeps a region's notes; it shows those of the region's first result alone."""
    if not notes or not answer.is_new:
        return answer
    meta = {**answer.result.get("meta", {}), "text": ["; ".join(dict.fromkeys(notes))]}
    return replace(answer, result={**answer.result, "meta": meta})


def _plain(text: str) -> str:
    """Write a text in one way; in its own scripts, since Russian names are compared by their stems."""
    return " ".join(normalize(text).text.casefold().split())


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[0] <= "\u04ff"
