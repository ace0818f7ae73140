"""Redaction: numbering, merging, propagation, the exact map, restoring, the last look."""

import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AnswerError, DetectionError, LastLookError
from backend.redact import ClearedPrompt, Message, RedactedTask, RedactedText, Redactor
from backend.types import Detection
from backend.words import word_pattern


def detector(**values):
    """Detect given values, by entity type, wherever they stand as whole words for the first time."""

    def detect(text):
        found = []
        for entity_type, words in values.items():
            for word in words if isinstance(words, list) else [words]:
                start = text.find(word)
                if start >= 0:
                    found.append(Detection(start, start + len(word), entity_type, 0.8))
        return found

    return detect


def redact(text, **values):
    return Redactor(detector(**values)).redact({"text": text})


def test_one_number_a_person_over_all_fields():
    task = Redactor(detector(PERSON=["John Smith", "Mary"])).redact(
        {"a": "John Smith met Mary.", "b": "Smith, JOHN SMITH and Mary's dog."}
    )
    assert task.fields["a"].text == "[PERSON_1] met [PERSON_2]."
    assert task.fields["b"].text == "[PERSON_1], [PERSON_1] and [PERSON_2]'s dog."
    for answer in ("[PERSON_1] and [person_2]", "PERSON_1 and Person_2"):
        assert task.restore(answer) == "John Smith and Mary"


def test_a_part_of_two_names_is_a_value_of_its_own():
    assert redact("John Smith, Mary Smith. Smith.", PERSON=["John Smith", "Mary Smith"]).fields["text"].text == (
        "[PERSON_1], [PERSON_2]. [PERSON_3]."
    )


def test_a_value_found_once_holds_in_the_whole_text_as_a_whole_word():
    task = redact("Call 555-12. 555-12! 555-123", PHONE_NUMBER="555-12")
    assert task.fields["text"].text == "Call [PHONE_NUMBER_1]. [PHONE_NUMBER_1]! 555-123"


def test_overlapping_detections_become_one():
    detect = lambda text: [Detection(0, 4, "A", 0.5), Detection(2, 8, "B", 0.9), Detection(7, 9, "C", 0.1)]  # noqa: E731
    task = Redactor(detect).redact({"t": "abcdefgh  x"})
    assert task.fields["t"].text == "[B_1]  x"


def test_a_literal_placeholder_cannot_be_confused_with_ours():
    task = redact("[PERSON_1] met Ann. [person_7] PERSON_1", PERSON="Ann")
    assert task.fields["text"].text == "[LITERAL_1] met [PERSON_1]. [LITERAL_2] [LITERAL_3]"
    assert task.restore("[LITERAL_1] is not [PERSON_1]") == "[PERSON_1] is not Ann"
    task.clear([Message("user", task.fields["text"].text)]).last_look({"messages": ["[PERSON_1]"]})


def test_an_invented_placeholder_is_an_error_that_names_it_alone():
    with pytest.raises(AnswerError, match=r"invented the placeholder \[PERSON_9\]"):
        redact("Ann", PERSON="Ann").restore("canary [PERSON_9]")


def test_withheld_values_are_redacted_in_other_fields():
    task = Redactor(detector()).redact({"note": "Seen: Zed Q."}, withheld={"patient": "Zed"})
    assert task.fields["note"].text == "Seen: [WITHHELD_1] Q."


def test_kept_types_and_low_scores_stay():
    redactor = Redactor(detector(DATE_TIME="May", PERSON="Ann"))
    assert redactor.redact({"t": "May Ann"}, keep=frozenset({"DATE_TIME"})).fields["t"].text == "May [PERSON_1]"
    assert redactor.redact({"t": "May"}, threshold=0.9).fields["t"].text == "May"


def test_p02_cleared_things_are_made_by_the_privacy_layer_alone():
    for make in (
        lambda: ClearedPrompt((), True, None),
        lambda: RedactedText("", "", ()),
        lambda: RedactedTask({}, True, frozenset(), {}),
        lambda: dataclasses.replace(redact("x").clear([]), messages=()),
    ):
        with pytest.raises(TypeError):
            make()


def test_p03_a_detector_that_raises_stops_everything():
    def broken(text):
        raise DetectionError("recognizer failed")

    with pytest.raises(DetectionError):
        Redactor(broken).redact({"t": "Ann"})


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        ({"messages": [{"role": "user", "content": "Is Ann there?"}]}, "messages[0].content"),
        ({"messages": [], "tools": [{"name": "x", "enum": ["Ann"]}]}, "tools[0].enum[0]"),
        ({"response_format": {"json_schema": {"schema": {"properties": {"Ann": {}}}}}}, "response_format.json_schema"),
        ({"messages": ["Ａｎｎ"]}, "messages[0]"),
    ],
)
def test_p04_the_last_look_finds_a_value_anywhere(request_, where):
    prompt = redact("Ann", PERSON="Ann").clear([])
    with pytest.raises(LastLookError) as caught:
        prompt.last_look(request_)
    assert where in str(caught.value)
    assert "Ann" not in str(caught.value)


def test_p04_the_last_look_finds_withheld_values_and_passes_the_rest():
    prompt = Redactor(detector(PERSON="Ann")).redact({"t": "Ann"}, withheld={"id": "A-77"}).clear([])
    prompt.last_look({"messages": ["Annabel, [PERSON_1], xA-777"]})
    with pytest.raises(LastLookError):
        prompt.last_look({"messages": ["is A-77."]})


def test_p04_the_last_look_is_quick():
    names = [f"Name{index}" for index in range(100)]
    prompt = redact(" ".join(names), PERSON=names).clear([])
    request = {"messages": [{"content": "word " * 800}]}
    started = time.perf_counter()
    for _ in range(10):
        prompt.last_look(request)
    assert (time.perf_counter() - started) / 10 < 0.02


def test_nothing_of_the_text_stands_in_a_repr():
    task = redact("Ann", PERSON="Ann")
    assert "Ann" not in repr(task) + repr(task.fields["text"]) + repr(task.clear([Message("user", "Ann")]))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SPANS = st.lists(
    st.tuples(st.integers(-2, 62), st.integers(-2, 62), st.sampled_from(["PERSON", "DATE_TIME", "X"]), st.floats(0, 1)),
    max_size=8,
)


@given(TEXTS, TEXTS, SPANS)
def test_p09_the_map_is_exact_for_any_text_and_any_spans(first, second, spans):
    redactor = Redactor(lambda text: [Detection(a, b, kind, score) for a, b, kind, score in spans if a < b])
    task = redactor.redact({"a": first, "b": second})
    for text in task.fields.values():
        check_map(text)
    for text in task.fields.values():
        values = [text.source[p.source_start : p.source_end] for p in text.placeholders]
        pattern = word_pattern(value for value in values if any(map(str.isalnum, value)) and "[" not in value)
        for other in task.fields.values():
            assert pattern is None or not pattern.search(outside(other))


def outside(text):
    """The redacted text without its placeholders, each replaced by a mark that glues to nothing."""
    parts, place = [], 0
    for p in text.placeholders:
        parts += [text.text[place : p.start]]
        place = p.end
    return "\0".join([*parts, text.text[place:]])


def check_map(text):
    rebuilt, place = "", 0
    for p in text.placeholders:
        assert text.text[p.start : p.end] == p.token
        rebuilt += text.text[place : p.start] + text.source[p.source_start : p.source_end]
        place = p.end
    assert rebuilt + text.text[place:] == text.source
    size = len(text.text)
    mapped = [text.to_source(index, index + 1) for index in range(size)]
    assert mapped == sorted(mapped)
    assert all(0 <= start < end <= len(text.source) for start, end in mapped)
    for index in range(len(text.source)):
        start, end = text.to_redacted(index, index + 1)
        back = text.to_source(start, end)
        assert back[0] <= index < back[1]
    inside = {i for p in text.placeholders for i in range(p.start, p.end)}
    for index, (start, end) in enumerate(mapped):
        if index not in inside:
            assert text.source[start:end] == text.text[index]
