"""JSON with the place of each value: the same values as any reader finds, each where it stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.answer.places import DEEPEST, PlacedValue, find_places

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner))
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


def value_of(place: PlacedValue) -> object:
    if place.keys is not None:
        return {key: value_of(part) for key, part in place.keys.items()}
    return place.value if place.items is None else [value_of(part) for part in place.items]


def all_places(place: PlacedValue) -> list[PlacedValue]:
    parts = [*(place.keys or {}).values(), *(place.items or ())]
    return [place, *(each for part in parts for each in all_places(part))]


@given(
    OBJECTS, st.sampled_from([None, 0, 3]), st.booleans(), st.sampled_from(["", "so: "]), st.sampled_from(["", "} x"])
)
def test_every_value_is_read_and_stands_where_it_is_said_to(wanted, indent, ascii_only, before, after):
    text = before + json.dumps(wanted, indent=indent, ensure_ascii=ascii_only) + after
    found = find_places(text)
    assert found is not None
    assert value_of(found) == wanted
    assert all(json.loads(text[place.start : place.end]) == value_of(place) for place in all_places(found))


BROKEN = (
    """{ | {"a" | {"a":} | {"a": 1,} | {"a" 1} | {'a': 1} | {"a": NaN} | {"a": [1 2]} | {1: 2} | {"a": 1, "a": 2}"""
)
DEEP = '{"a": ' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1)


@pytest.mark.parametrize("text", ["", "no object", DEEP, *BROKEN.split(" | ")])
def test_what_is_no_object_is_none(text):
    assert find_places(text) is None


@given(st.text(alphabet='{}[]",:\\ \n1ae-'))
def test_nothing_makes_it_fail(text):
    find_places("{" + text)
