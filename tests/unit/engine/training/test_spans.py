"""What annotators marked, word by word."""

import pytest

from backend.engine.training.spans import span_tags
from backend.model.distilled.words import words_of


@pytest.mark.parametrize(
    ("text", "marked", "tags"),
    [
        ("5 mg aspirin, aspirin", [("Drug", "aspirin"), ("Dose", "5 mg")], "3 4 1 0 1"),
        ("May saw May", [("Drug", "May"), ("Dose", "May")], "1 0 3"),
        ("no pain, some pain", [("Dose", "no pain"), ("Drug", "pain")], "3 4 0 0 1"),
        ("painful pain", [("Drug", "pain")], "0 1"),
        ("a b", [("Drug", "c"), ("Drug", ""), ("Drug", "b c")], "0 0"),
        ("a  b", [("Drug", "a b")], "0 0"),
        ("患者张伟服阿司匹林", [("Drug", "阿司匹林"), ("Dose", "张伟")], "0 0 3 4 0 1 2 2 2"),
        ("", [], ""),
    ],
)
def test_words_are_marked_wherever_they_stand(text, marked, tags):
    answer = [{"label": label, "text": words} for label, words in marked]
    assert span_tags(words_of(text), text, answer, {"Drug": 0, "Dose": 1}) == [int(tag) for tag in tags.split()]
