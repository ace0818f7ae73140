"""What is wrong with the labels in a value is told; whatever stands there, nothing is raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.label_values import is_list_of_texts, label_names, wrong_labels, wrong_paths
from backend.labelstudio.types import Label

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["A", "B"], ""),
        (["A", "C"], "has a label that the config does not have"),
        (["A", "A"], "has a label twice"),
        (["A", "B", "D"], "has too many labels"),
        ([], "has a label that the config does not have"),
        ("A", "has a label that the config does not have"),
        ([["A"]], "has a label that the config does not have"),
    ],
)
def test_labels(given, told):
    assert wrong_labels(given, {"A", "B", "D"}, 2) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([["A", "B"]], ""),
        ([["A"]], "has a path that the tree does not have"),
        ([["A", "B"], ["A", "B"]], "has a label twice"),
        ([["A", "B"], ["C"]], "has too many labels"),
        (["A"], "is no list of paths"),
        (None, "is no list of paths"),
    ],
)
def test_paths(given, told):
    assert wrong_paths(given, {("A", "B"), ("C",)}, 1) == told


OFFERED = [
    Label("Stay", "Stay", path=("Stay",), is_leaf=False),
    Label("Stay > Other", "Other", path=("Stay", "Other")),
    Label("Other", "Other", path=("Other",)),
    Label("Stay > Room", "r", path=("Stay", "r")),
]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([["Other"]], ["Other"]),
        ([["Stay", "Other"], ["Stay"]], ["Stay", "Stay > Other"]),
        (["Stay", "Other"], ["Stay", "Other"]),
        (["r"], ["Stay > Room"]),
        ([["Other"], ["Nope"]], None),
        ([["Other"], ["Other"]], ["Other"]),
        ([["Room"]], None),
        ([{"a": 1}], None),
        ("Stay", ["Stay"]),
        ([], []),
    ],
)
def test_a_label_is_told_by_its_path_and_not_by_another_of_the_same_name(given, names):
    assert label_names(given, OFFERED) == names


def test_a_label_without_a_path_that_might_be_one_of_two_is_none():
    assert label_names(["Other"], [OFFERED[1], Label("Go > Other", "Other", path=("Go", "Other"))]) is None


@pytest.mark.property
@given(ANY)
def test_p08_no_value_of_another_shape_passes(value):
    assert bool(wrong_labels(value, {"A"}, 1)) == (value != ["A"])
    assert bool(wrong_paths(value, {("A",)}, 1)) == (value != [["A"]])
    assert is_list_of_texts(value) == (isinstance(value, list) and {type(v) for v in value} == {str})
