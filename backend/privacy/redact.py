"""Detections → redacted text with an exact map to the original, and the only way to make a prompt that may be sent.

Privacy is a type here: `RedactedText`, `RedactedTask` and `ClearedPrompt` are made by this module alone, and the
gateway takes nothing but a `ClearedPrompt`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import cache, cached_property
from typing import Literal

from backend.errors import LastLookError
from backend.privacy.entity_types import LITERAL, WITHHELD
from backend.privacy.last_look import LastLook, strings_in
from backend.privacy.listed import ALWAYS, Lists
from backend.privacy.offsets import OffsetEdge, map_offset
from backend.privacy.replace.operators import is_kept
from backend.privacy.replace.placeholders import EXACT, KNOWN, placeholder_kind
from backend.privacy.replace.propagation import Search
from backend.privacy.replace.restore import Restorer
from backend.privacy.replace.write import Found, Writing, without_surrogates, write_task
from backend.privacy.text.merge import checked, cut, cut_around, merge, without_kept
from backend.privacy.text.value_search import Finds
from backend.privacy.types import Detection, Operator, Placeholder

__all__ = [
    "ClearedPrompt",
    "Message",
    "RedactOptions",
    "RedactedTask",
    "RedactedText",
    "Redactor",
]

_SEAL = object()


def _sealed(seal: object, kind: str) -> None:
    if seal is not _SEAL:
        raise TypeError(f"{kind} is made by backend.privacy.redact alone")


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
    _edges: tuple[OffsetEdge, ...] = field(init=False, repr=False, compare=False)
    _source_edges: tuple[OffsetEdge, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self, seal: object) -> None:
        _sealed(seal, "RedactedText")
        edges = tuple(edge for p in self.placeholders for edge in p.edges)
        object.__setattr__(self, "_edges", edges)
        object.__setattr__(self, "_source_edges", tuple((*edge[2:], *edge[:2]) for edge in edges))

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the redacted text to the original; a part of a placeholder stands for the whole of it.

        Of a surrogate, so does a part of a word.
        """
        return map_offset(self._edges, start, False), map_offset(self._edges, end, True)

    def to_redacted(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the original to the redacted text, as the other way round."""
        return map_offset(self._source_edges, start, False), map_offset(self._source_edges, end, True)


@dataclass(frozen=True, slots=True)
class ClearedPrompt:
    """Messages that the privacy layer cleared: the only thing that the gateway takes.

    Attributes:
        messages: what is to be sent.
        redacted: whether personal data was replaced. If not, no external provider may get it.
    """

    messages: tuple[Message, ...] = field(repr=False)
    redacted: bool
    guarded: LastLook | None = field(repr=False)
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
        if not self.guarded:
            return
        places: dict[str, str] = {}
        for where, text in strings_in(request, ""):
            places.setdefault(text, where)  # a schema says the same many times
        found = self.guarded.first(places)
        if found is not None:
            raise LastLookError(places[found])


@dataclass(frozen=True, slots=True)
class RedactedTask:
    """All texts of a task, redacted together: a value has one placeholder in all of them.

    Attributes:
        fields: the texts by field.
        redacted: whether personal data was replaced.
        restorer: puts the original values back.
        guarded: original values that must not leave.
        always: values that leave in no task, whether they stand in this one or not.
    """

    fields: Mapping[str, RedactedText] = field(repr=False)
    redacted: bool
    restorer: Restorer = field(repr=False)
    guarded: frozenset[str] = field(repr=False)
    always: Finds | None = field(default=None, repr=False)
    seal: InitVar[object] = None
    _guards: dict[frozenset[str], LastLook] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self, seal: object) -> None:
        _sealed(seal, "RedactedTask")

    @property
    def originals(self) -> Mapping[str, str]:
        """The original values by placeholder."""
        return self.restorer.originals

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders and surrogates of an answer.

        Raises:
            AnswerError: names a placeholder that was never given.
        """
        return self.restorer.restore(text) if self.redacted else text

    def placeholder(self, mention: str) -> str | None:
        """Return the placeholder that a model means by a mention such as `Person_1`, or None if it means none."""
        return self.restorer.token(mention)

    def forms(self, token: str) -> tuple[str, ...]:
        """Return what stands for all forms of a value: of `[PERSON_1]` also `[PERSON_1B]`, if there is one.

        Args:
            token: a placeholder or a surrogate; of anything else there are no forms.
        """
        found = EXACT.fullmatch(token)
        if not found:
            return self.restorer.forms.get(token, ())
        stem = token[: found.end(2)]
        own = (EXACT.fullmatch(other) for other in self.originals)
        return tuple(match[0] for match in own if match and match[0][: match.end(2)] == stem)

    @property
    def has_placeholders(self) -> bool:
        """Whether words in square brackets stand in place of values."""
        return any(p.operator == "placeholder" for text in self.fields.values() for p in text.placeholders)

    def entity_counts(self) -> dict[str, int]:
        """Count the replaced stretches by entity type."""
        return dict(Counter(p.entity_type for text in self.fields.values() for p in text.placeholders))

    def hides(self, text: str) -> bool:
        """Say whether a value stands in a text that must not leave with this task."""
        return self._guard(()).finds(text)

    def clear(self, messages: Sequence[Message], examples: Sequence["RedactedTask"] = ()) -> ClearedPrompt:
        """Clear messages that were written from this task's redacted texts, and from those of its examples.

        Args:
            messages: all of them.
            examples: other tasks, whose values must not leave either.
        """
        redacted = all((self.redacted, *(example.redacted for example in examples)))
        return ClearedPrompt(tuple(messages), redacted, self._guard(examples), seal=_SEAL)

    def _guard(self, examples: Sequence["RedactedTask"]) -> LastLook:
        """Return what looks for the values: one for all prompts of the task that have the same examples."""
        values = self.guarded.union(*(example.guarded for example in examples))
        if values not in self._guards:
            self._guards[values] = LastLook(values, self.always)
        return self._guards[values]


@dataclass(frozen=True, slots=True)
class RedactOptions:
    """How a task's texts are redacted.

    Attributes:
        keep: entity types that are left alone.
        threshold: detections with a score below it are ignored.
        withheld: values by field that must not be sent; they are redacted wherever they stand in the texts.
        borders: places in a field's text that no value may cross; one that does is taken as several.
        operators: what is done with a value, by entity type; `*` for all others, a placeholder by default.
        seed: makes surrogates; the same seed makes the same ones of the same texts.
        reserved: words that no surrogate may be, such as labels that the model is to choose from.
    """

    keep: frozenset[str] = frozenset()
    threshold: float = 0.0
    withheld: Mapping[str, str] = field(default_factory=dict, repr=False)
    borders: Mapping[str, Sequence[int]] = field(default_factory=dict, repr=False)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    seed: str = field(default="", repr=False)
    reserved: Collection[str] = field(default=(), repr=False)

    def keeps(self, entity_type: str) -> bool:
        """Say whether values of an entity type are left alone."""
        return entity_type in self.keep or is_kept(self.operators, entity_type)


_USUAL = RedactOptions()


class Redactor:
    """Replaces personal data by numbered placeholders, or as a policy's operators say.

    Args:
        detect: returns the detections in a text; raises if it cannot vouch for them, and then nothing comes out (P3).
        kinds: entity types of a team's own recognizers, whose placeholders may stand in a text already; or says them
            once what detects is loaded, and raises a DetectionError if it cannot be.
        close: ends what detects.
        lists: words that are no names, and values that are always replaced.
        guard: returns what a model of one's own found in a text; raises, as `detect` does.
    """

    def __init__(
        self,
        detect: Callable[[str], Sequence[Detection]],
        kinds: Iterable[str] | Callable[[], Iterable[str]] = (),
        close: Callable[[], None] = lambda: None,
        lists: Lists | None = None,
        guard: Callable[[str], Sequence[Detection]] = lambda _: (),
    ) -> None:
        self._detect, self._guard = detect, guard
        self.close = close
        self._lists = lists or Lists()
        self._given = kinds

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return KNOWN | {placeholder_kind(kind) for kind in self.types}

    @property
    def types(self) -> frozenset[str]:
        """The entity types that are looked for, a guard's own aside; raises as `load` does."""
        return frozenset(self._given() if callable(self._given) else self._given)

    def load(self) -> None:
        """Wait until what detects is loaded, if that goes on.

        Raises:
            DetectionError: it cannot be.
        """
        _ = self._kinds

    def remembering(self) -> "Redactor":
        """Return one that looks at no text twice, for as long as it lives: for invented texts."""
        return Redactor(cache(self._detect), self._given, self.close, self._lists, self._guard)

    def listing(self, lists: Lists) -> "Redactor":
        """Return one that detects by the same, and goes by lists."""
        if not lists:
            return self
        return Redactor(self._detect, lambda: self.types | lists.kinds, self.close, lists, self._guard)

    def guarded(self, guard: Callable[[str], Sequence[Detection]]) -> "Redactor":
        """Return one that goes by what a model of one's own found as well."""
        return Redactor(self._detect, self._given, self.close, self._lists, guard)

    def unlisting(self) -> "Redactor":
        """Return one that detects by the same, without lists."""
        return Redactor(self._detect, self._given, self.close)

    def find(self, fields: Mapping[str, str]) -> dict[str, Sequence[Detection]]:
        """Return what is detected in each text, of any score; detections may overlap.

        Raises:
            DetectionError: detection failed.
        """
        found = {name: checked([*self._guard(text), *self._detect(text)]) for name, text in fields.items()}
        return {n: self._lists.apply(fields[n], own) for n, own in found.items()} if self._lists else found

    def redact(
        self,
        fields: Mapping[str, str],
        options: RedactOptions = _USUAL,
        *,
        detected: Mapping[str, Sequence[Detection]] | None = None,
    ) -> RedactedTask:
        """Redact the texts of a task together.

        Args:
            fields: original texts by field.
            options: what is left alone, and what is done with the rest.
            detected: what `find` gave for all these fields, if it was asked already.

        Raises:
            DetectionError: detection failed.
            SettingsError: the key of the operator `hash` is missing.
        """
        every = self.find(fields) if detected is None else detected
        found = {name: _unkept(every[name], options) for name in fields}
        literals = self._literals(fields, found)
        writing = self._written(fields, _spread(fields, found, literals, options), options)
        return _task(fields, writing, _hidden(options.withheld), self._lists.always)

    def locate(
        self, fields: Mapping[str, str], options: RedactOptions, detected: Mapping[str, Sequence[Detection]]
    ) -> dict[str, Sequence[Detection]]:
        """Return the stretches that would be replaced, by field and in the order of the text; none overlap.

        Args:
            fields, options, detected: as `redact` takes them.
        """
        found = {name: _unkept(detected[name], options) for name in fields}
        return dict(_spread(fields, found, self._literals(fields, found), options))

    def _literals(self, fields: Mapping[str, str], found: Found) -> Found:
        """Return what looks like a placeholder already, by field."""
        kinds = self._kinds | {placeholder_kind(d.entity_type) for own in found.values() for d in own}
        return {name: list(_literals(text, kinds)) for name, text in fields.items()}

    def _written(self, fields: Mapping[str, str], found: Found, options: RedactOptions) -> Writing:
        """Write the texts; without surrogates if one would be a listed value."""
        writing = write_task(fields, found, options.operators, options.seed, options.reserved)
        always = self._lists.always
        if always and any(map(always.finds, writing.texts.values())):
            plain = without_surrogates(options.operators)
            return write_task(fields, found, plain, options.seed, options.reserved)
        return writing

    def pass_through(self, fields: Mapping[str, str], *, withheld: Mapping[str, str] | None = None) -> RedactedTask:
        """Take the texts as they are, for models of one's own where the policy says so."""
        texts = {name: RedactedText(text, text, (), seal=_SEAL) for name, text in fields.items()}
        return RedactedTask(texts, redacted=False, restorer=Restorer({}), guarded=_hidden(withheld or {}), seal=_SEAL)


def _unkept(detections: Sequence[Detection], options: RedactOptions) -> list[Detection]:
    """Leave out what is kept or unsure; a listed value is neither, whatever type it was given."""
    sure = [d for d in detections if d.score >= options.threshold and d.recognizer != ALWAYS]
    listed = [d for d in detections if d.recognizer == ALWAYS]
    hidden = (replace(d, entity_type=WITHHELD) if options.keeps(d.entity_type) else d for d in listed)
    return [*without_kept(sure, options.keeps), *hidden]


def _spread(fields: Mapping[str, str], found: Found, literals: Found, options: RedactOptions) -> Found:
    """Take each value wherever it stands in any of the texts, with what looks like a placeholder; none overlap."""

    def trim(name: str, detections: Iterable[Detection]) -> Iterator[Detection]:
        return cut_around(cut(detections, options.borders.get(name, ())), literals[name])

    merged = {name: merge(fields[name], trim(name, own)) for name, own in found.items()}
    spread = Search(fields, trim).propagate(merged, _hidden(options.withheld))
    return {
        name: merge(fields[name], [*own, *literals[name]]) if literals[name] else own for name, own in spread.items()
    }


def _hidden(withheld: Mapping[str, str]) -> frozenset[str]:
    return frozenset(value for value in withheld.values() if value.strip())


def _literals(text: str, kinds: frozenset[str]) -> Iterator[Detection]:
    """Yield what looks like a placeholder already; others may be data, as `[JOHN_SMITH_12]` or `[SSN_123456789]`."""
    for match in EXACT.finditer(text):
        if match[1] in kinds and len(match[2]) <= 3 and len(match[3]) <= 2:
            yield Detection(*match.span(), LITERAL, 1.0, "Literal placeholder")


def _task(fields: Mapping[str, str], writing: Writing, hidden: frozenset[str], always: Finds) -> RedactedTask:
    texts = {
        name: RedactedText(source, writing.texts[name], writing.placeholders[name], seal=_SEAL)
        for name, source in fields.items()
    }
    guarded = writing.replaced | hidden
    return RedactedTask(texts, redacted=True, restorer=writing.restorer, guarded=guarded, always=always, seal=_SEAL)
