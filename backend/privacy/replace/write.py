"""Writes redacted texts: what stands in each value's place, and how it is restored."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from backend.privacy.entity_types import BIRTHS, DATES, LITERAL, PEOPLE
from backend.privacy.replace.json_scalars import Bare, is_scalar
from backend.privacy.replace.operators import DEFAULT, Operators
from backend.privacy.replace.placeholders import EXACT, grammar, placeholder_kind, write
from backend.privacy.replace.restore import Restorer, Surrogates, glued_endings
from backend.privacy.replace.retold import Retold
from backend.privacy.replace.same_value import TextValue, identify_values
from backend.privacy.types import Detection, Operator, Placeholder

Found = Mapping[str, Sequence[Detection]]
"""What was found by field, in the order of its text; no two overlap."""


_WORD = re.compile(r"(\w+)")
_LOSING = frozenset({"mask", "generalize"})
"""Operators after which a value cannot be told any more."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The texts of a task, redacted.

    Attributes:
        texts: by field.
        placeholders: by field.
        restorer: puts the original values back.
        replaced: the original values that were replaced, and stand in no text any more.
    """

    texts: Mapping[str, str] = field(repr=False)
    placeholders: Mapping[str, tuple[Placeholder, ...]] = field(repr=False)
    restorer: Restorer = field(repr=False)
    replaced: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What stands in a value's place, and what wrote it."""

    text: str
    operator: str = DEFAULT.name


def write_task(
    fields: Mapping[str, str],
    found: Found,
    chosen: Mapping[str, Operator],
    seed: str,
    reserved: Iterable[str] = (),
) -> Writing:
    """Write what stands in each value's place.

    Args:
        fields: original texts.
        found: by field.
        chosen: operators by entity type.
        seed: makes surrogates.
        reserved: words that no surrogate may be.

    Raises:
        SettingsError: the key of an operator is missing.
    """
    values = _values(fields, found)
    operators = Operators(chosen, seed, [*fields.values(), *reserved], list(values.values()))
    writing = _written(fields, found, values, operators)
    if operators.surrogate and not _is_restored(fields, found, writing):
        # Surrogates that would not be restored exactly are not worth having.
        operators = Operators(without_surrogates(chosen), seed, fields.values(), list(values.values()))
        writing = _written(fields, found, values, operators)
    return writing


def without_surrogates(chosen: Mapping[str, Operator]) -> dict[str, Operator]:
    """Return operators by entity type, with placeholders in place of surrogates."""
    return {kind: DEFAULT if operator.name == "surrogate" else operator for kind, operator in chosen.items()}


def _values(fields: Mapping[str, str], found: Found) -> dict[str, TextValue]:
    """Return the values by their forms, in the order of the texts."""
    types: dict[str, str] = {}
    broken: set[str] = set()
    for name, source in fields.items():
        for d in found[name]:
            form = source[d.start : d.end]
            types.setdefault(form, d.entity_type)
            beside = source[d.start - 1 : d.start] + source[d.end : d.end + 1]
            if any(char.isalnum() or char == "_" for char in beside):
                broken.add(form)
    return identify_values(types, broken)


def _written(fields: Mapping[str, str], found: Found, values: Mapping[str, TextValue], operators: Operators) -> Writing:
    kinds = frozenset(placeholder_kind(v.entity_type) for v in values.values() if v.entity_type != LITERAL)
    literals, numbers = _taken(fields, found, kinds)
    shown = _shown(values, numbers, operators)
    texts: dict[str, str] = {}
    placeholders: dict[str, tuple[Placeholder, ...]] = {}
    quoted = _quoted(fields, found, shown)
    places: dict[str, set[int]] = defaultdict(set)
    for field_name, place in (each for own in quoted.values() for each in own):
        places[field_name].add(place)
    for name, source in fields.items():
        texts[name], placeholders[name] = _text(source, found[name], values, shown, places[name])
    glued = glued_endings((texts[name][p.end : p.end + 4], p.token) for name, own in placeholders.items() for p in own)
    originals, exact = _originals(values, shown)
    surrogates = _surrogates(exact, values, operators, _beside(texts, placeholders)) if exact else None
    restorer = Restorer(
        originals, frozenset(literals), kinds, frozenset(glued), frozenset(quoted), surrogates, _forms(values, shown)
    )
    return Writing(texts, placeholders, restorer, _replaced(values, shown))


def _text(
    source: str,
    found: Sequence[Detection],
    values: Mapping[str, TextValue],
    shown: Mapping[str, _Shown],
    quoted: Set[int],
) -> tuple[str, tuple[Placeholder, ...]]:
    parts: list[str] = []
    placeholders: list[Placeholder] = []
    place = length = 0
    for d in found:
        form = source[d.start : d.end]
        new, gap = shown[form], source[place : d.start]
        token = f'"{new.text}"' if d.start in quoted else new.text
        start = length + len(gap)
        parts += [gap, token]
        length, place = start + len(token), d.end
        entity_type = values[form].entity_type
        words = tuple(_words(token, start, form, d.start)) if new.operator == "surrogate" else ()
        placeholders.append(
            Placeholder(token, entity_type, start, length, d.start, d.end, d.score, new.operator, d.recognizer, words)
        )
    return "".join(parts) + source[place:], tuple(placeholders)


def _words(token: str, start: int, form: str, source_start: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the places of the words of a surrogate and of its value, if one stands for one all along."""
    own, its = _WORD.split(token), _WORD.split(form)
    if own[::2] != its[::2]:
        return
    for new, old in zip(own, its, strict=True):
        if new != old:
            yield start, start + len(new), source_start, source_start + len(old)
        start, source_start = start + len(new), source_start + len(old)


def _quoted(fields: Mapping[str, str], found: Found, shown: Mapping[str, _Shown]) -> dict[str, set[tuple[str, int]]]:
    """Return what gets quotes of its own, with the fields and the places where it stands for JSON without quotes."""
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    others: set[str] = set()
    for name, source in fields.items():
        bare = Bare(source)
        for d in found[name]:
            new = shown[source[d.start : d.end]]
            # A surrogate of a number is one too.
            is_json = d.entity_type == LITERAL or new.operator == "surrogate" or is_scalar(new.text)
            if not is_json and bare.has(d.start, d.end):
                places[new.text].add((name, d.start))
            elif new.operator not in _LOSING and source[d.start - 1 : d.start] == '"' == source[d.end : d.end + 1]:
                others.add(new.text)
    # What stands within quotes of the text too could not be told from what got its own.
    return {token: own for token, own in places.items() if token not in others}


def _gaps(source: str, found: Sequence[Detection]) -> Iterator[str]:
    """Yield the stretches between the values; literal placeholders are a part of them."""
    place = 0
    for d in found:
        if d.entity_type != LITERAL:
            yield source[place : d.start]
            place = d.end
    yield source[place:]


def _taken(fields: Mapping[str, str], found: Found, kinds: frozenset[str]) -> tuple[set[str], set[tuple[str, int]]]:
    """Return the placeholders that a text holds already, or words that could be meant as one, and their numbers."""
    tokens: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for name, source in fields.items():
        for gap in _gaps(source, found[name]):
            for match in EXACT.finditer(gap):
                tokens.add(match[0])
                numbers.add((match[1], int(match[2])))
            for mention in grammar(kinds).mentions(gap) if kinds else ():
                tokens.add(mention.token)
                numbers.add((mention.kind, mention.number))
    return tokens, numbers


def _shown(values: Mapping[str, TextValue], taken: set[tuple[str, int]], operators: Operators) -> dict[str, _Shown]:
    """Choose what stands in the place of each form of each value."""
    numbers = _Numbers(values, taken)
    shown: dict[str, _Shown] = {}
    used: set[str] = set()
    for form, value in values.items():
        if value.entity_type == LITERAL:
            shown[form] = _Shown(form)
            continue
        new, operator = operators.replace(value)
        # Of two values that would look the same, one could not be restored.
        if new is None or (operator == "surrogate" and new in used):
            shown[form] = _Shown(numbers.placeholder(value))
            continue
        used.add(new)
        shown[form] = _Shown(new, operator)
    return shown


class _Numbers:
    """Gives each value its number and each of its forms its letter, in order of appearance."""

    def __init__(self, values: Mapping[str, TextValue], taken: set[tuple[str, int]]) -> None:
        self._taken = taken
        self._counts: Counter[str] = Counter()
        self._numbers: dict[str, int] = {}
        self._forms: dict[str, dict[str, int]] = {}
        for form, value in values.items():
            forms = self._forms.setdefault(value.identity, {value.canonical: 0})
            forms.setdefault(form, len(forms))

    def placeholder(self, value: TextValue) -> str:
        kind = placeholder_kind(value.entity_type)
        if value.identity not in self._numbers:
            self._counts[kind] += 1
            while (kind, self._counts[kind]) in self._taken:
                self._counts[kind] += 1
            self._numbers[value.identity] = self._counts[kind]
        return write(kind, self._numbers[value.identity], self._forms[value.identity][value.text])


def _originals(values: Mapping[str, TextValue], shown: Mapping[str, _Shown]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the originals by placeholder and hash, and by surrogate."""
    originals: dict[str, str] = {}
    exact: dict[str, str] = {}
    for form, new in shown.items():
        if values[form].entity_type == LITERAL or new.operator in _LOSING:
            continue
        if new.operator == "surrogate":
            exact[new.text] = form
        else:
            originals[new.text] = values[form].canonical if new.operator == "hash" else form
    return originals, exact


def _surrogates(
    exact: dict[str, str], values: Mapping[str, TextValue], operators: Operators, beside: str
) -> Surrogates | None:
    """Return what restores surrogates, also those that a model writes in another form."""
    made = operators.surrogate
    if made is None:
        return None
    kinds = {surrogate: values[form].entity_type for surrogate, form in exact.items()}
    dates = {surrogate for surrogate, kind in kinds.items() if kind in DATES.names | BIRTHS.names}
    names = {surrogate for surrogate, kind in kinds.items() if kind in PEOPLE.names}
    return Surrogates(exact, made.restored, Retold(exact, dates, names, made.shift, beside))


def _beside(texts: Mapping[str, str], placeholders: Mapping[str, Sequence[Placeholder]]) -> str:
    """Return what stands in the texts beside what was written into them."""
    parts: list[str] = []
    for name, text in texts.items():
        place = 0
        for own in placeholders[name]:
            parts.append(text[place : own.start])
            place = own.end
        parts.append(text[place:])
    return "|".join(parts)


def _forms(values: Mapping[str, TextValue], shown: Mapping[str, _Shown]) -> dict[str, tuple[str, ...]]:
    """Return, by each surrogate, those of all forms of its value."""
    forms: dict[str, list[str]] = defaultdict(list)
    for form, new in shown.items():
        if new.operator == "surrogate":
            forms[values[form].identity].append(new.text)
    return {token: tuple(own) for own in forms.values() for token in own}


def _replaced(values: Mapping[str, TextValue], shown: Mapping[str, _Shown]) -> frozenset[str]:
    """Return the values that must not leave: not those that were generalized to what another one is."""
    left = {new.text for new in shown.values()}
    replaced = (form for form, value in values.items() if value.entity_type != LITERAL)
    return frozenset(form for form in replaced if form not in left)


def _is_restored(fields: Mapping[str, str], found: Found, writing: Writing) -> bool:
    """Say whether the texts are restored exactly, but for what no operator can restore."""
    for name, source in fields.items():
        wanted, place = [], 0
        for d, placeholder in zip(found[name], writing.placeholders[name], strict=True):
            lost = placeholder.operator in _LOSING
            original = placeholder.token if lost else source[d.start : d.end]
            if placeholder.operator == "hash":
                original = writing.restorer.originals[placeholder.token.strip('"')]
            wanted += [source[place : d.start], original]
            place = d.end
        if writing.restorer.restore(writing.texts[name]) != "".join(wanted) + source[place:]:
            return False
    return True
