"""What reads or writes a text takes four times as long for four times the text, whatever stands in it: not sixteen.

The processor's time is compared, at its best of several, never a clock's.
"""

import gc
import itertools
import time

import pytest

from backend.model.answer.streams import assembled
from backend.model.complaints import read_complaint
from backend.privacy.detect.second_look.assemble import assemble
from backend.privacy.detect.second_look.doubt import settle
from backend.privacy.detect.second_look.letterheads import letterheads
from backend.privacy.last_look import LastLook
from backend.privacy.patterns import scan_patterns
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.replace.operators.dates import Shift
from backend.privacy.replace.retold import Retold
from backend.privacy.replace.same_value import identify_values
from backend.privacy.text.merge import without_kept
from backend.privacy.types import Detection, Operator
from backend.prompting.pieces import pieces

MOST = 8.0
"""Halfway, on a ruler of powers, between four (linear) and sixteen (quadratic)."""


def word(number):
    """Return a word of its own for each number, with a capital."""
    letters = []
    number += 1_000
    while number:
        letters.append("bcdfgklmnprstvz"[number % 15] + "aeiou"[number % 5])
        number //= 15
    return "".join(letters).capitalize()


def spans(text, entity_type="PERSON", recognizer="Own", least=1):
    """Take each word with a capital or digit for a value."""
    place, found = 0, []
    for part in text.split():
        place = text.index(part, place)
        bare = part.strip(".,")
        if len(bare) >= least and (bare[:1].isupper() or bare[:1].isdigit() or bare[:1] > "\u3000"):
            found.append(Detection(place, place + len(bare), entity_type, 0.8, recognizer))
        place += len(part)
    return found


def redact(text, **settings):
    return Redactor(spans).redact({"text": text}, RedactOptions(**settings))


def restore(text):
    task = redact(text, operators={"*": Operator("surrogate")}, seed="s")
    return task.restore(task.fields["text"].text)


def of_dates(text):
    redactor = Redactor(lambda text: spans(text, "DATE_TIME"))
    return redactor.redact({"text": text}, RedactOptions(operators={"*": Operator("surrogate")}, seed="s"))


def retold(text):
    """Find what a model wrote of surrogates in another form, in a text that stands beside them as well."""
    exact = {"5 December 2022": "3 May 2024", "4711 0815 4711": "1234 5678 9012", "Julia Connolly": "Maria Lopez"}
    found = Retold(exact, {"5 December 2022"}, {"Julia Connolly"}, Shift(-514, day_first=False), text)
    return list(found.places(f"{text} On 2022-12-05 J. Connolly wrote."))


def words(count):
    return " ".join(map(word, range(count)))


CASES = {
    "a URL before brackets": (scan_patterns, lambda n: "Name: Bob Stone\nhttp://a" + ")" * n, 8_000),
    "a domain before brackets": (scan_patterns, lambda n: "mail: a.com/" + ")" * n, 8_000),
    "backslashes": (redact, lambda n: "Bob " + "\\" * n, 4_000),
    "many names": (redact, words, 600),
    "a name that many share": (redact, lambda n: " ".join(f"John {word(i)}" for i in range(n)), 400),
    "one word in many full names": (
        lambda values: identify_values(dict.fromkeys(values, "PERSON")),
        lambda n: [f"John {''.join(letters)}" for letters in itertools.islice(_initials(), n)],
        400,
    ),
    "forms of one number": (
        redact,
        lambda n: " ".join("-".join(_split(i)) for i in range(n)),
        500,
    ),
    "names without spaces": (redact, lambda n: " ".join(chr(0x4E00 + i % 19_000) * 2 for i in range(n)), 700),
    "values that were replaced": (lambda text: LastLook(text.split()).finds(text.lower() + "."), words, 1_500),
    "numbers that were replaced": (
        lambda text: LastLook(text.split()).finds(text.replace("7", "8")),
        lambda n: " ".join(str(10**9 + i * 7_919) for i in range(n)),
        1_500,
    ),
    "surrogates": (restore, words, 400),
    "dates and numbers": (
        retold,
        lambda n: " ".join(f"{1 + i % 28} May {1900 + i % 99}, {i:06}, A." for i in range(n)),
        400,
    ),
    "nothing but blanks behind a day": (retold, lambda n: "12 " + " " * n, 4_000),
    "nothing but digits": (retold, lambda n: "1" * n + "." + "1 " * n, 2_000),
    "dates": (
        of_dates,
        lambda n: " ".join(f"{1000 + i // 336}-{1 + i // 28 % 12:02}-{1 + i % 28:02}" for i in range(n)),
        1_000,
    ),
    "a long run of names": (lambda text: assemble(text, spans(text)), lambda n: "Ab " * n, 1_500),
    "a long run of places": (lambda text: assemble(text, spans(text, "LOCATION")), lambda n: "Ab " * n, 1_500),
    "taggers that disagree": (
        lambda text: settle(text, [*spans(text, recognizer="Spacy"), *spans(text.upper(), recognizer="Other")], True),
        lambda n: "The " * n + "the of " * n,
        1_500,
    ),
    "a sentence without an end": (
        lambda text: settle(text, [Detection(d.start, d.end, "PERSON", 0.8, "Rampart") for d in _small(text)], True),
        lambda n: "go home " * n,
        1_500,
    ),
    "letterheads": (
        lambda text: list(letterheads(text, [*spans(text), *spans(text, "STREET_ADDRESS")])),
        lambda n: "Ab\n" * n,
        1_500,
    ),
    "kept types": (
        lambda text: without_kept([*spans(text), *spans(text, "DATE_TIME")], {"DATE_TIME"}.__contains__),
        words,
        2_000,
    ),
    "pieces": (lambda text: pieces(text, 200), lambda n: "word " * n, 8_000),
    "a stream's events": (assembled, lambda n: 'data: {"choices": [{"delta": {"content": "word "}}]}\n\n' * n, 1_500),
    "a stream's lines": (assembled, lambda n: "data: {\n" * n, 1_500),
    "a stream's comments": (assembled, lambda n: ": wait\n\n" * n, 4_000),
    "an error's words": (lambda text: read_complaint({"error": {"message": text}}), lambda n: "a." * n, 900),
    "pieces of one word": (lambda text: pieces(text, 200), lambda n: "x" * n, 40_000),
}


def _initials():
    letters = [chr(code) for code in range(0x41, 0x250) if chr(code).isalpha() and chr(code).isupper()]
    return (f"{one}. {other}." for one in letters for other in letters)


def _split(number):
    """Return the digits of one number, parted in a way of its own."""
    digits = "1234567890123456"
    cuts = [place for place in range(1, len(digits)) if number >> (place - 1) & 1]
    return [digits[start:end] for start, end in itertools.pairwise([0, *cuts, len(digits)])]


def _small(text):
    place = 0
    while (place := text.find("home", place)) >= 0:
        yield Detection(place, place + 4, "PERSON", 0.8, "Rampart")
        place += 4


def seconds(work, given):
    """Return the CPU time of a work, without that of looking through what all other tests have left."""
    gc.disable()
    try:
        begun = time.process_time()
        work(given)
        return time.process_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize("case", CASES)
def test_four_times_the_text_takes_four_times_as_long(case):
    work, make, size = CASES[case]
    short, long = make(size), make(4 * size)
    ratios = []
    for _ in range(8):
        ratios.append(seconds(work, long) / min(seconds(work, short) for _ in range(2)))
        if ratios[-1] <= MOST:
            return
    assert min(ratios) <= MOST
