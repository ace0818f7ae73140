"""JSON as we answer it, and what stands in it."""

from backend.system.writing import json_texts


def test_all_texts_of_a_value_are_found_and_no_keys():
    value = {"a": "one", "b": [{"c": ["two"], "d": 3, "e": None}, ("three", True)], "f": {}}
    assert list(json_texts(value)) == ["one", "two", "three"]
    assert list(json_texts("alone")) == ["alone"]
    assert list(json_texts(7)) == []
