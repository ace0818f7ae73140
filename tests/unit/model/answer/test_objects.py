"""JSON objects in what a model wrote: found wherever they stand, and in time that grows with the length alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.answer.objects import find_objects, read_json
from tests.pace import grows_evenly

GOOD = {"mood": "Good"}


def found(text):
    return [each.value for each in find_objects(text)]


@pytest.mark.parametrize(
    "text",
    [
        '{"mood": "Good"}',
        ' \n{"mood":\n"Good"}\n ',
        'Sure! {"mood": "Good"} as in [1] and {2}.',
        '```json\n{"mood": "Good"}\n```',
        '~~~\n{"mood": "Good"}\n~~~ say "}"',
        '[{"mood": "Good"}]',
        "The set {a, b} and {}: ".replace("{}", "{ }x") + '{"mood": "Good"}',
        '<tool_call>{"mood": "Good"}</tool_call>',
        'A form {"mood": <label>} and its value {"mood": "Good"}',
        'He said "go. {"mood": "Good"}',
    ],
)
def test_an_object_is_found_between_words(text):
    assert found(text)[-1] == GOOD


@pytest.mark.parametrize(
    "text",
    [
        '{"mood": "Good",}',
        '{"mood": "Good"} '.replace('"}', '", // why\n}'),
        '{"mood": /* why */ "Good"}',
        "{'mood': 'Good'}",
        "{'mood': \"Good\"}",
        '{"mood": "Good", "mood": "Good"}',
    ],
)
def test_what_can_be_read_in_one_way_alone_is_read(text):
    assert found(text) == [GOOD]


def test_pythons_way_to_write():
    assert found("{'a': True, 'b': None, 'c': 'it\\'s \"so\"', 'd': [1, 2,]}") == [
        {"a": True, "b": None, "c": 'it\'s "so"', "d": [1, 2]}
    ]


def test_lines_within_a_text_stay():
    assert found('{"a": "one\ntwo // three, }", "b": "it\'s, ]"}') == [{"a": "one\ntwo // three, }", "b": "it's, ]"}]


@pytest.mark.parametrize(
    "text",
    [
        '{"mood": "Good", "mood": "Bad"}',
        '{"mood": "Good", "mood": "Bad", "more": {"mood": "Good"}}',
        '[{"mood": "Good"}, {"mood": "Bad"}]',
        '{"mood": NaN}',
        '{"mood": -Infinity}',
        '{"mood": 1e999}',
        "{'mood': 'it's'}",
        '{"mood": "Good"',
        '{"thought": {"mood": "Good"}, "mood": "Ba',
        '{"thought": {"mood": "Good"}, mood}',
        '[{"mood": "Good"}, {"moo',
        "{mood: Good}",
        "",
        "{",
    ],
)
def test_what_can_be_read_in_two_ways_is_not_read_nor_what_stands_in_it(text):
    assert found(text) == []


def test_where_an_object_stands():
    text = 'First {"a": 1}, then [{"b": 2}].'
    assert [text[each.start : each.end] for each in find_objects(text)] == ['{"a": 1}', '[{"b": 2}]']


def test_a_fraction_keeps_its_digits():
    (each,) = found('{"a": 1.50}')
    assert each["a"] == 1.5
    assert each["a"].text == "1.50"
    assert json.dumps(each) == '{"a": 1.5}'


@pytest.mark.parametrize(("text", "value"), [(' {"a": 1} ', {"a": 1}), ("[1]", [1]), ('{"a": 1} x', None), ("x", None)])
def test_json_and_nothing_else(text, value):
    assert read_json(text) == value


HOSTILE = [
    "{",
    '{"',
    '{"a":',
    "[",
    "[{",
    "{ ",
    "{}",
    "{'",
    "{//",
    "{/*",
    '{"\\"',
    "{'\\'",
    ', {"a": 1}',
    '{"a":[' + "1," * 50,
    '{"a":' * 900 + "x",
    '{"a":1,}',
    "}",
    '"',
]


@pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: piece[:6])
@pytest.mark.parametrize("around", ["{}", "{{{}}}"])
def test_hostile_text_takes_time_by_its_length_alone(piece, around):
    assert grows_evenly(lambda size: list(find_objects(around.format(piece * (size // len(piece))))), 2**16)


def test_eight_mebibytes_are_read_at_all():
    assert found("{" * 2**23) == []
    assert found('{"a":' * (2**23 // 5)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
WORDS = st.text(st.characters(exclude_characters="{[}]\"'", exclude_categories=["Cs"]))


@given(st.dictionaries(st.text(), JSON), WORDS, WORDS, st.booleans())
def test_any_object_is_found_between_any_words(value, before, after, ascii_only):
    text = f"{before}{json.dumps(value, ensure_ascii=ascii_only)}{after}"
    assert found(text) == [value]


@given(st.text(st.sampled_from("{}[]\"'\\:,/*\n 1aTrueNone"), max_size=60))
def test_no_text_makes_it_fail(text):
    for each in find_objects(text):
        assert isinstance(each.value, dict)
        assert 0 <= each.start < each.end <= len(text)


def test_levels_without_end_are_not_read():
    deep = 500_000
    assert found('{"a":' * deep + "1" + "}" * deep + ' {"b": 2}') == [{"b": 2}]
