"""What a label config shows of a task's data: read as Label Studio's editor reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import TaskError
from backend.labelstudio.objects.object_text import read_content
from backend.labelstudio.types import ObjectTag
from backend.labelstudio.variables import (
    field_of,
    fields_in,
    fill,
    holds_variables,
    is_bare_variable,
    read_variable,
    shown_words,
)

DATA = {
    "title": "Late again",
    "body": "The bus came",
    "by": {"role": "the driver", "tags": ["a", {"b": "deep"}]},
    "a.b": "dotted",
    "n": 7.0,
    "none": None,
    "список": ["x"],
    "título": "Largo",
    "first-name": "Ann",
    "5": "five",
}


def path_of(name):
    """Return a path's steps as the editor's `toPath` does."""
    steps, step, inside = [], "", False
    for sign in name:
        if (sign == "]" and inside) or (sign == "[" and not inside) or (sign == "." and not inside):
            steps += [step] if step or (sign == "]" and inside) else []
            step, inside = "", sign == "["
        else:
            step += sign
    return [*steps, step] if step else steps


def get(data, name):
    """Return what the editor's `get` does; None for undefined."""
    if name in data:
        return data[name]
    value = data if any(sign in name for sign in ".[]") else {}
    for step in path_of(name):
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[int(step)] if isinstance(value, list) and step in map(str, range(len(value))) else None
    return value


def in_the_editor(words, data):
    """Return what the editor shows; None where that is no words, or undefined."""
    found = [get(data, match[1]) for match in re.finditer(r"\$([\w[\].{}]+)", words, re.ASCII)]
    if not all(isinstance(value, str) for value in found):
        return None
    values = iter(found)
    return re.sub(r"\$[\w[\].{}]+", lambda _: next(values), words, flags=re.ASCII)


@given(st.text("$$aabb.[]{}01-: é", max_size=14))
def test_what_the_editor_shows_is_shown(words):
    data = {"a": {"b": ["x", {"a": "y"}]}, "b": "z", "ab": "v", "a.a": "w", "b0": "u"}
    seen = in_the_editor(words, data)
    if seen is not None:
        assert fill(words, data, lambda name, value: value if name.isascii() else None) == seen


def filled(words, data=DATA):
    return fill(words, data, lambda name, value: f"<{name}>" if value is None else shown_words(value))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("$title: $body (by $by.role)", "Late again: The bus came (by the driver)"),
        ("$title,$body;$title/$body", "Late again,The bus came;Late again/The bus came"),
        ("$title$body", "Late againThe bus came"),
        ("$$title", "$Late again"),
        (r"\$title", r"\Late again"),
        ("«$title»", "«Late again»"),
        ("$title写的，$bodyでした", "Late again写的，The bus cameでした"),
        ("see $title. Then $body...", "see Late again Then The bus came"),  # the editor takes the dots for a path's
        ("[$title] {$body} ($n)", "[Late again] {The bus came} (7)"),
        ("$by.tags[1].b and $by.tags.0", "deep and a"),
        ("$a.b!", "dotted!"),
        ("$none and $other", "<none> and <other>"),
        ("$título, $first-name, $title-$body", "Largo, Ann, Late again-The bus came"),
        ("$5 or $6", "five or <6>"),
        ("US$, $ and $. or $-1", "US$, $ and $. or $-1"),
    ],
)
def test_words_with_variables(words, shown):
    assert filled(words) == shown


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("$body", "body"),
        ("$by.tags[1].b", "by.tags[1].b"),
        ('$by["role"]', 'by["role"]'),
        ("$список", "список"),
        ("$first-name", "first-name"),
        ("$ne\u0301e", "ne\u0301e"),
        ("$नाम", "नाम"),
        ("$ชื่อ", "ชื่อ"),
        ("$名前：", ""),
        ("$title:", ""),
        ("$title,$body", ""),
        (" $title", ""),
        ("title", ""),
        ("", ""),
    ],
)
def test_a_value_that_is_one_field(value, field):
    assert field_of(value) == field


def test_one_field_is_given_as_it_is():
    assert read_variable("$by.tags", DATA) == ["a", {"b": "deep"}]
    assert read_variable("$список", DATA) == ["x"]
    assert read_variable('$by["role"]', DATA) == "the driver"
    assert read_variable("$first-name", DATA) == "Ann"
    assert read_variable("$first-name", DATA | {"first": "Zoe"}) is None  # to the editor it is $first and other words
    assert filled("$first-name", DATA | {"first": "Zoe"}) == "Zoe-name"
    assert read_variable("$other", DATA) is None


def test_all_fields_that_a_value_may_show_are_known():
    assert fields_in("$title: $body-$by.role") == {"title", "body", "body-", "by.role"}
    assert fields_in("$título") == {"t", "título"}
    assert fields_in("[$title]") == {"title", "title]"}
    assert fields_in("costs") == frozenset()


def test_what_is_a_variable_and_what_an_amount():
    assert not any(map(holds_variables, ("$5", "from $5 to $1,000.50", "US$", "")))
    assert all(map(holds_variables, ("$q", "for $5: $q", "$текст")))
    assert [is_bare_variable(words) for words in ("$q", "$a: $b?", "Is $q?", "$5", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a", "a"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (True, "true"),
        (["a", 1, ""], "a,1,"),
        ([], ""),
        (None, None),
        ({}, None),
        ([{}], None),
        ([["a"]], None),
    ],
)
def test_values_within_words(value, words):
    assert shown_words(value) == words


def test_objects_show_what_the_editor_shows():
    def text(value):
        return read_content(ObjectTag("Text", "o", value), DATA).text

    assert text("$title: $body (by $by.role)") == "Late again: The bus came (by the driver)"
    assert text("$first-name") == "Ann"
    assert text("$title - costs $9") == "Late again - costs undefined"  # so that spans stand where the editor has them
    assert text("Имя $имя: $title") == "Имя $имя: Late again"
    for value, field in (("$title: $other", "other"), ("$other", "other"), ("$текст", "текст")):
        with pytest.raises(TaskError, match=f"field '{field}' is missing"):
            text(value)
