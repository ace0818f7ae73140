"""Fuzzing of the privacy layer: `python -m tests.fuzz.fuzz_privacy --seconds 1800`.

Invented values are planted, in disguise, in texts of nasty characters. Looked at are normalization and its map, the
lookup, and redaction: merging, propagation, the map, restoring, the last look. At the first finding it stops with
status 1 and says which `--seed` and `--case` bring it back. All texts are made up here, so that they may be shown.
"""

import argparse
import html
import itertools
import random
import sys
import time
import traceback
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.errors import LastLookError
from backend.privacy.redact import Message, RedactedTask, RedactOptions, Redactor
from backend.privacy.text.normalize import fold, normalize
from backend.privacy.text.value_search import ValueSearch
from backend.privacy.types import Detection

HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202d\u202e\u202c\u2066\u2069\u034f\ufe0f\U000e0101"
NOISE = (
    HIDDEN
    + "\u0301\u0308\u0335\u20e3\u3099\uff9e\u0327\u1161\u11a8ᄀ각\u0345\u05c2\u064b\u0e33שاไ漢か가"
    + "ｊＡ１＠．　𝐉𝟙Ⓙ①🅹ﬁ½²™№…İßŉǰΐ‘’“”«»–—−\u00a0\u2003\u3000\u2028\x00\x0b\t\n\x85&;#[]_<>\"'{}:|\\%"
    + "аеорсухАВЕКвкнїёйΑΝΟανοηλ👩❤🇫🇷\U000e0041\U0001f3f4\ud800\udfff.,-@1290٤५"
)
PIECES = (
    *("&#64;", "&amp;", "&amp;amp;", "&nbsp;", "&#x200b;", "&am&#112;;", "&ffilig;", "&lt;b&gt;", "&#0;", "&#x41"),
    *(
        "[PERSON_1]",
        "person_2",
        "[X_1",
        "EMAIL_ADDRESS_1",
        "the",
        "will",
        "и",
        "не",
        "John",
        "сох",
        "a.b@c.de",
        "\\n",
        "%41",
    ),
)
PROGRESS_S = 10
LETTERS = {
    "latin": ("bdfgkmprtvz", "aeiou"),
    "cyrillic": ("бвгджзклмнпрст", "аеиоуы"),
    "greek": ("βγδζκλμνπρσ", "αεηιου"),
}
LOOKALIKES = str.maketrans("aeopcyxABEKMHOPCTX", "аеорсухАВЕКМНОРСТХ")
TYPES = ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "ID")


class FindingError(Exception):
    """Something that must not be."""


def check(holds: object, law: str, *shown: object) -> None:
    """Raise unless a law holds.

    Raises:
        FindingError: with the law and what shows its breach.
    """
    if not holds:
        raise FindingError("\n".join([law, *(ascii(part) for part in shown)]))


@dataclass(frozen=True, slots=True)
class Planted:
    """A value, and what type a detector takes it for."""

    value: str
    entity_type: str


class Maker:
    """Makes values, disguises and texts.

    Args:
        chance: decides all.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def word(self, script: str = "latin") -> str:
        """Return a word that is none in any language."""
        consonants, vowels = LETTERS[script]
        return "".join(
            self.chance.choice(consonants) + self.chance.choice(vowels) for _ in range(self.chance.randint(4, 5))
        )

    def planted(self) -> Planted:
        """Return a value: a name, an address, a number or an identifier."""
        kind = self.chance.choice(TYPES)
        if kind == "PERSON":
            script = self.chance.choice(("latin", "latin", "cyrillic", "greek"))
            return Planted(" ".join(self.word(script).capitalize() for _ in range(self.chance.randint(2, 3))), kind)
        if kind == "EMAIL_ADDRESS":
            return Planted(f"{self.word()}.{self.word()}@{self.word()}.com", kind)
        digits = "".join(self.chance.choices("0123456789", k=12))
        if kind == "PHONE_NUMBER":
            return Planted(f"+{digits[:2]} {digits[2:5]}-{digits[5:9]}-{digits[9:]}", kind)
        return Planted(f"{self.word()[:3].upper()}-{digits}", kind)

    def disguised(self, value: str) -> str:
        """Return a value as somebody would write it who wants it overlooked."""
        for _ in range(self.chance.randint(0, 2)):
            value = self.chance.choice(DISGUISES)(value, self.chance)
        return value

    def noise(self) -> str:
        """Return characters that mean nothing."""
        pieces = (
            self.chance.choice(PIECES) if self.chance.random() < 0.2 else self.chance.choice(NOISE)
            for _ in range(self.chance.randint(0, 12))
        )
        return "".join(pieces)

    def text(self, values: Sequence[str]) -> str:
        """Return a text in which values stand in disguise, each as whole words."""
        parts = [self.noise()]
        for value in values:
            parts += [
                self.chance.choice((" ", "\n", " (", ' "')),
                self.disguised(value),
                self.chance.choice((" ", "\n", ") ", ", ", '" ')),
                self.noise(),
            ]
        return "".join(parts)


def _fullwidth(value: str, chance: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and chance.random() < 0.8 else c for c in value)


def _mathematical(value: str, chance: random.Random) -> str:
    base = chance.choice((0x1D400, 0x1D5D4, 0x1D670))
    small = {ord(c): base + 26 + index for index, c in enumerate("abcdefghijklmnopqrstuvwxyz")}
    return value.translate(small)


def _hidden(value: str, chance: random.Random) -> str:
    return "".join(c + (chance.choice(HIDDEN) if chance.random() < 0.4 else "") for c in value[:-1]) + value[-1:]


def _marked(value: str, chance: random.Random) -> str:
    return "".join(
        c + ("\u0335\u0337\u0489"[chance.randrange(3)] if c.isalpha() and chance.random() < 0.4 else "") for c in value
    )


def _entities(value: str, chance: random.Random) -> str:
    if "&" in value:
        return value
    form = chance.choice(("&#{};", "&#0{};", "&amp;#{};"))
    return "".join(form.format(ord(c)) if chance.random() < 0.4 else c for c in value)


def _lookalike(value: str, chance: random.Random) -> str:
    return "".join(c.translate(LOOKALIKES) if chance.random() < 0.5 else c for c in value)


DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    _fullwidth,
    _mathematical,
    _hidden,
    _marked,
    _entities,
    _lookalike,
    lambda value, _: value.upper(),
    lambda value, _: value.swapcase(),
    lambda value, _: unicodedata.normalize("NFD", value),
    lambda value, chance: value.replace(" ", chance.choice(("\u00a0", "\u2003", "\n", "  ", "\u3000 "))),
    lambda value, chance: value.replace("-", chance.choice("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d")),
    lambda value, _: f"\u202e{value}\u202c",
)


def bare(text: str) -> str:
    """Write a text without any disguise, in another way than what is tested: letter by letter, without accents."""
    for _ in range(6):
        text = unicodedata.normalize("NFKD", "".join(c for c in text if c not in HIDDEN))
        kept = (" " if c.isspace() else "-" if unicodedata.category(c) == "Pd" or c == "\u2212" else c for c in text)
        text = "".join(c for c in kept if unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cc"})
        text = html.unescape(text.casefold().translate(BARE))
    return " ".join(text.split())


BARE = str.maketrans("аеорсухвкмнт", "aeopcyxbkmht")


def look_at_text(text: str) -> None:
    """Check the laws of normalization.

    Raises:
        FindingError: one is broken.
    """
    normalized = normalize(text)
    plain = normalized.text
    check(normalize(plain).text == plain, "normalizing twice changes nothing", text)
    folded = fold(text)
    if "&" not in folded:  # letters that look alike may come to spell an entity: `&ΐİ;`
        check(fold(folded) == folded, "folding twice changes nothing", text)
    check(unicodedata.normalize("NFC", plain) == plain, "a normalized text is composed", text)
    spans = [normalized.to_source(i, i + 1) for i in range(len(plain))]
    back = [normalized.to_text(i, i + 1) for i in range(len(text))]
    check(all(0 <= start < end <= len(text) for start, end in spans), "spans stay spans", text)
    for places in (spans, back):
        steps = itertools.pairwise(places)
        check(all(one == two or one[1] <= two[0] for one, two in steps), "the map is monotone", text)
    covered = {place for span in spans for place in range(*span)}
    lost = (back[place] for place in range(len(text)) if place not in covered)
    check(all(start == end for start, end in lost), "only what was deleted is not covered", text)
    for start, end in ((len(plain) // 3, len(plain) // 2), (0, len(plain))):
        if start < end:
            first, last = normalized.to_text(*normalized.to_source(start, end))
            check(first <= start < end <= last, "there and back holds the span", text, start, end)


def look_for_values(text: str, planted: Sequence[Planted], absent: str) -> None:
    """Check that a lookup finds what was planted, and where.

    Raises:
        FindingError: a value was not found, or something else was.
    """
    check(not ValueSearch.of([absent]).finds(text), "what is not there is not found", text, absent)
    for one in planted:
        lookup = ValueSearch.of([one.value])
        check(lookup.finds(text), "a planted value is found", text, one.value)
        for match in lookup.matches(text):
            found = text[match.start : match.end]
            own, its = ("".join(filter(str.isalnum, bare(part))) for part in (one.value, found))
            check(own == its, "a match is the value", text, one.value, found)
        check(
            ValueSearch.of([match_text(lookup, text)]).finds(one.value), "a value in disguise is found in plain", text
        )


def match_text(lookup: ValueSearch, text: str) -> str:
    """Return the first place of a text that a lookup finds."""
    match = lookup.matches(text)[0]
    return text[match.start : match.end]


class Detector:
    """Detects planted values, all or the first of each alone, and things that are none.

    Args:
        chance: decides what else it detects.
        first: whether it overlooks a value that it has found once, in whatever text.
        alone: whether it detects nothing else.
    """

    def __init__(self, planted: Sequence[Planted], chance: random.Random, first: bool, alone: bool) -> None:
        self._types = {one.value: one.entity_type for one in planted}
        self._lookup = ValueSearch.of(self._types)
        self._chance = chance
        self._first = first
        self._alone = alone
        self._seen: set[str] = set()

    def __call__(self, text: str) -> list[Detection]:
        found = []
        for match in self._lookup.matches(text):
            if not (self._first and match.value in self._seen):
                found.append(Detection(match.start, match.end, self._types[match.value], self._chance.random()))
            self._seen.add(match.value)
        for _ in range(0 if self._alone else self._chance.randint(0, 3)):
            start = self._chance.randint(-2, len(text) + 2)
            kind = self._chance.choice((*TYPES, "odd type"))
            found.append(Detection(start, start + self._chance.randint(0, 9), kind, self._chance.random()))
        self._chance.shuffle(found)
        return found


def look_at_redaction(maker: Maker, planted: Sequence[Planted], fields: dict[str, str]) -> None:
    """Check merging, propagation, the map, restoring and the last look.

    Raises:
        FindingError: a law is broken.
    """
    chance = maker.chance
    withheld = {"hidden": planted[0].value} if chance.random() < 0.3 else {}
    borders = {}
    if is_cut := chance.random() < 0.3:
        borders = {name: sorted(chance.choices(range(len(text) + 1), k=2)) for name, text in fields.items()}
    # A value that a border cuts is several, and one that grew by what else was detected beside it is another: neither
    # is found elsewhere.
    is_exact = not is_cut and chance.random() < 0.5
    detector = Detector(planted[len(withheld) :], chance, first=is_exact and chance.random() < 0.5, alone=is_exact)
    task = Redactor(detector).redact(fields, RedactOptions(withheld=withheld, borders=borders))
    for name, text in fields.items():
        look_at_map(task, name, text)
        bared = bare(task.fields[name].text)
        for one in planted:
            check(bare(one.value) not in bared, "no planted value is left", fields, task.fields[name].text, one.value)
    if is_exact:
        look_at_last_look(task, planted, fields)


def look_at_map(task: RedactedTask, name: str, text: str) -> None:
    """Check that a redacted text and its placeholders give the original, and the map between them.

    Raises:
        FindingError: a law is broken.
    """
    redacted = task.fields[name]
    check(redacted.source == text, "the source is kept", text)
    parts, place, source = [], 0, 0
    for p in redacted.placeholders:
        check(redacted.text[p.start : p.end] == p.token, "a placeholder stands where it says", text, redacted.text)
        check(place <= p.start and source <= p.source_start < p.source_end, "none overlaps", text, redacted.text)
        gap = redacted.text[place : p.start]
        check(gap == text[source : p.source_start], "what is between stays", text, redacted.text)
        parts += [gap, text[p.source_start : p.source_end]]
        place, source = p.end, p.source_end
        check(redacted.to_source(p.start, p.end) == (p.source_start, p.source_end), "the map is exact", text)
        check(redacted.to_redacted(p.source_start, p.source_end) == (p.start, p.end), "the map is exact", text)
    check("".join(parts) + redacted.text[place:] == text, "placeholders give the original", text, redacted.text)
    check(task.restore(redacted.text) == text, "restoring gives the original", text, redacted.text)
    edges = [redacted.to_source(i, i + 1) for i in range(len(redacted.text))]
    check(all(one == two or one[1] <= two[0] for one, two in itertools.pairwise(edges)), "the map is monotone", text)


def look_at_last_look(task: RedactedTask, planted: Sequence[Planted], fields: dict[str, str]) -> None:
    """Check that the last look passes what was redacted, and stops what was not.

    Raises:
        FindingError: it does otherwise.
    """
    prompt = task.clear([Message("user", text.text) for text in task.fields.values()])
    stopped = []
    for name, text in fields.items():
        try:
            prompt.last_look({"messages": [task.fields[name].text]})
        except LastLookError:
            check(False, "the last look passes what was redacted", fields, task.fields[name].text)
        if any(bare(one.value) in bare(text) for one in planted):
            try:
                prompt.last_look({"messages": [{"content": text}]})
            except LastLookError:
                stopped.append(name)
            check(name in stopped, "the last look stops what was not redacted", fields)


def run_case(seed: int, number: int) -> None:
    """Make one case and look at everything.

    Raises:
        FindingError: a law is broken.
    """
    maker = Maker(random.Random(f"{seed}:{number}"))
    look_at_text("".join(maker.noise() for _ in range(3)))
    planted = [maker.planted() for _ in range(maker.chance.randint(1, 4))]
    fields = {}
    for name in ("a", "b", "c")[: maker.chance.randint(1, 3)]:
        own = maker.chance.choices(planted, k=maker.chance.randint(1, 5))
        fields[name] = maker.text([one.value for one in own])
        look_at_text(fields[name])
        for one in own:
            check(bare(one.value) in bare(fields[name]), "the fuzzer sees what it plants", fields[name], one.value)
        look_for_values(fields[name], own, f"{maker.word()} {maker.word()}")
    look_at_redaction(maker, planted, fields)


def main() -> int:
    """Fuzz until the time is over, a finding, or Ctrl-C."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=None, help="of all cases; another one each time by default")
    options.add_argument("--case", type=int, default=None, help="run this case alone")
    given = options.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    numbers = itertools.count() if given.case is None else [given.case]
    began = told = time.monotonic()
    done = 0
    say(f"seed {seed}: normalization and its map, lookup, merging, propagation, redaction's map, restoring, last look")
    try:
        for number in numbers:
            now = time.monotonic()
            if now - told >= PROGRESS_S:
                say(f"{now - began:6.0f} s  {done} cases  {done / (now - began):.0f} cases/s  no finding")
                told = now
            if now - began >= given.seconds:
                break
            run_case(seed, number)
            done += 1
    except KeyboardInterrupt:
        say("stopped")
    except Exception:
        say(traceback.format_exc())
        say(f"FINDING. To see it again: python -m tests.fuzz.fuzz_privacy --seed {seed} --case {number}")
        return 1
    took = time.monotonic() - began
    say(f"{done} cases in {took:.0f} s, {done / max(took, 1e-9):.0f} cases/s: no crash, no leak, no broken law")
    return 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
