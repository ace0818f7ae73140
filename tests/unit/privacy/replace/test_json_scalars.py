"""JSON stays JSON when a number in it is replaced, and comes back letter for letter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.replace.json_scalars import Bare, is_scalar
from backend.privacy.types import Detection, Operator
from tests.parts import detector

SSN, PHONE = "123456789", "5551234567"


def finder(*values):
    """Detect values wherever they stand."""

    def detect(text):
        places = ((place, value) for value in values for place in range(len(text)) if text.startswith(value, place))
        return [Detection(place, place + len(value), "US_SSN", 0.9) for place, value in places]

    return detect


def redact(text, *values, operator="placeholder"):
    return Redactor(finder(*values)).redact({"t": text}, RedactOptions(operators={"*": Operator(operator)}, seed="s"))


def bare(text):
    """Return the values of the text that stand without quotes, of those that are numbers or words of JSON."""
    reading = Bare(text)
    places = [(start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1)]
    return [text[start:end] for start, end in places if is_scalar(text[start:end]) and reading.has(start, end)]


# --- what stands without quotes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"ssn": 123, "a": -1.5e3,"b":true}', ["123", "-1.5e3", "true"]),
        ('{\n  "ssn": 123\n}', ["123"]),
        ('{"a": [1, "x", 2, [3], {"b": 4}, 5], "c": 6}', ["1", "2", "3", "4", "5", "6"]),
        ("[1, 2]", ["1", "2"]),
        ('Seen: {"ssn": 123} today', ["123"]),
        ('{"a": 1}\n{"a": 2}', ["1", "2"]),
        ('{"a": "1", "b, 2": "c", "d": "x [1, 2]"}', []),
        (r'{"a": "b \"c\": 1, d"}', []),
        (r'"{\"ssn\": 123}"', []),
        (r"{\"ssn\": 123}", []),
        ("In 2019, 2020, and [1, 2] or {3}: 4, 5", []),
        ("[1] log line", []),
        ("ssn: 123, phone: 456", []),
        ('"ssn": 123 is', []),
        ('{"a": 12 13}', []),
        ('{"a": 12-13}', []),
        ("123", []),
        ("", []),
    ],
)
def test_a_value_without_quotes_is_told(text, found):
    assert bare(text) == found


@given(st.recursive(st.integers() | st.text() | st.booleans() | st.none(), st.lists, max_leaves=20), st.booleans())
def test_in_any_json_all_numbers_are_told_and_no_part_of_a_string(value, spaced):
    text = json.dumps({"key": value}, ensure_ascii=False, indent=1 if spaced else None)

    def scalars(part):
        if isinstance(part, list):
            return sum(map(scalars, part), start=list[str]())
        return [] if isinstance(part, str) else [json.dumps(part)]

    assert [word for word in bare(text) if not word.startswith("-")] == [
        word for word in scalars(value) if not word.startswith("-")
    ]


def test_a_long_array_is_read_once():
    text = json.dumps({"phones": list(range(10_000, 30_000))})
    reading = Bare(text)
    places = [place for place in range(len(text)) if text[place].isdigit() and not text[place - 1].isdigit()]
    assert all(reading.has(place, place + 5) for place in places)


# --- what replaces it ---------------------------------------------------------------------------------------------

DOCUMENTS = [
    {"ssn": int(SSN), "ids": [1, 2], "phones": [int(PHONE), 5], "note": f"her SSN is {SSN}, and {PHONE}"},
    [int(SSN), {"a": [[int(PHONE)]]}],
    {"ssn": int(SSN), "text": f'say "{SSN}"'},
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("operator", ["placeholder", "mask", "surrogate", "generalize"])
def test_json_survives_and_comes_back(document, indent, operator):
    text = json.dumps(document, indent=indent)
    task = redact(text, SSN, PHONE, operator=operator)
    shown = task.fields["t"]
    json.loads(shown.text)
    assert SSN not in shown.text
    for p in shown.placeholders:
        assert shown.text[p.start : p.end] == p.token
        assert shown.to_source(p.start, p.end) == (p.source_start, p.source_end)
        assert shown.to_redacted(p.source_start, p.source_end) == (p.start, p.end)
    if operator != "mask":
        assert task.restore(shown.text) == text


def test_a_hash_gets_quotes_too(monkeypatch):
    monkeypatch.setenv("SALT", "a long random text")
    text = json.dumps(DOCUMENTS[0])
    operators = {"*": Operator("hash", key_env="SALT")}
    task = Redactor(finder(SSN, PHONE)).redact({"t": text}, RedactOptions(operators=operators))
    assert json.loads(task.fields["t"].text)["ssn"].startswith("<US_SSN:")
    assert task.restore(task.fields["t"].text) == text


def test_the_real_detector_leaves_json():
    text = '{"ssn": 123456789, "phones": [5551234567, 5551234568], "first_name": "Anna"}'
    task = Redactor(detector().detect).redact({"t": text})
    assert json.loads(task.fields["t"].text) == {
        "ssn": "[US_SSN_1]",
        "phones": ["[PHONE_NUMBER_1]", "[PHONE_NUMBER_2]"],
        "first_name": "[PERSON_1]",
    }
    assert task.restore(task.fields["t"].text) == text


def test_of_one_value_with_and_without_quotes_neither_gets_any():
    text = f'{{"ssn": {SSN}, "user": "{SSN}"}}'
    task = redact(text, SSN)
    assert task.fields["t"].text == '{"ssn": [US_SSN_1], "user": "[US_SSN_1]"}'
    assert task.restore(task.fields["t"].text) == text


@pytest.mark.parametrize("said", ["[US_SSN_1]", '"[US_SSN_1]"', '"us_ssn_1"', "US_SSN_1"])
def test_an_answer_may_say_it_with_quotes_or_without(said):
    task = redact(f'{{"ssn": {SSN}}}', SSN)
    assert task.restore(f'the "ssn" is {said}, "so"') == f'the "ssn" is {SSN}, "so"'


def test_a_mention_is_found_without_the_quotes():
    task = redact(f'{{"ssn": {SSN}}}', SSN)
    shown = task.fields["t"]
    start = shown.text.index("[US_SSN_1]")
    assert shown.to_source(start, start + len("[US_SSN_1]")) == (8, 8 + len(SSN))


PARTS = st.sampled_from([SSN, PHONE, f'"{SSN}"', '"a": ', "{", "}", "[", "]", ", ", '"', "\\", "\n", "x", "5"])


@given(st.lists(PARTS, max_size=30).map("".join))
def test_any_text_comes_back(text):
    task = redact(text, SSN, PHONE)
    assert task.restore(task.fields["t"].text) == text
    assert SSN not in task.fields["t"].text
    again = Redactor(finder(SSN, PHONE)).redact({"t": task.fields["t"].text})
    assert again.fields["t"].text == task.fields["t"].text
