"""Offsets as Label Studio's editor counts them: UTF-16 units in Paragraphs, code points everywhere else; both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AnswerError, TaskError
from backend.labelstudio.objects.object_text import read_content
from backend.labelstudio.types import ObjectTag
from backend.prompting.task_labels import region_place
from tests.parts import asked

LABELS = '<Label value="A"/><Label value="B"/>'
TALK = (
    f'<View><Paragraphs name="o" value="$x"/><ParagraphLabels name="l" toName="o">{LABELS}</ParagraphLabels>'
    '<Choices name="sure" toName="o" perRegion="true"><Choice value="Y"/><Choice value="N"/></Choices></View>'
)
SIGNS = "😢 👩‍👩‍👧 🇫🇷 👍🏽 ❤️ 𠮷野家\r\n"


def read(tag, value, **attrs):
    return read_content(ObjectTag(tag, "o", "$x", attrs), {"x": value})


def in_javascript(text, start, end):
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@pytest.mark.parametrize("before", [*SIGNS.split(" "), SIGNS])
def test_paragraphs_are_counted_in_utf16_units(before):
    text = f"{before}sad, sadly {before}"
    content = read("Paragraphs", [{"author": "A", "text": "Hi"}, {"author": "B", "text": text}])
    start = content.text.index("sad")
    span = content.span(start, start + 3)
    assert (span.item, span.text) == (1, "sad")
    assert in_javascript(text, span.start, span.end) == "sad"
    assert content.seen(1, span.start, 1, span.end) == (start, start + 3)


@pytest.mark.parametrize("tag", ["Text", "HyperText"])
def test_others_are_counted_in_code_points(tag):
    text = "😢𠮷 sad 😢"
    content = read(tag, text)
    assert content.span(3, 6).start == 3
    assert content.seen(0, 3, 0, 6) == (3, 6)
    assert content.within(0, 3, 6) == (3, 6)


def test_a_place_within_a_surrogate_pair_or_outside_is_none():
    content = read("Paragraphs", [{"author": "A", "text": "😢𠮷"}])
    assert content.within(0, 0, 4) == (0, 2)
    for place in ((0, 0, 1), (0, 1, 2), (0, 0, 5), (0, -2, 2), (0, 2, 2), (1, 0, 1), (-1, 0, 1)):
        assert content.within(*place) is None


def test_what_is_marked_across_paragraphs_is_read_whole():
    content = read("Paragraphs", [{"author": "A", "text": "😢 sad"}, {"author": "B", "text": "𠮷 too"}])
    value = {"start": "0", "end": "1", "startOffset": 3, "endOffset": 6, "text": "sad𠮷 too"}
    first, last = content.seen(*region_place(value))
    assert content.text[first:last] == "sad\nB: 𠮷 too"


TURNS = st.lists(
    st.fixed_dictionaries(
        {"author": st.just("A"), "text": st.text(st.sampled_from("ab 😢𠮷🇫🇷é\u0301\r\n"), min_size=1)}
    ),
    min_size=1,
    max_size=3,
)


@given(TURNS, st.integers(0, 60), st.integers(1, 9))
def test_spans_of_paragraphs_lead_there_and_back(turns, start, length):
    try:
        content = read("Paragraphs", turns)
    except TaskError:  # of white space alone
        return
    span = content.span(start, start + length)
    if span is None:
        return
    text = turns[span.item]["text"]
    assert in_javascript(text, span.start, span.end) == span.text
    first, last = content.within(span.item, span.start, span.end)
    assert text[first:last] == span.text
    seen = content.seen(span.item, span.start, span.item, span.end)
    assert content.text[slice(*seen)] == span.text


def test_a_prediction_and_what_an_annotator_marked_are_counted_the_same():
    data = {"x": [{"author": "A", "text": "Hi"}, {"author": "B", "text": "😢🇫🇷 I\r\nsad 𠮷野家 sad"}]}
    task = asked(TALK, data)
    results = task.results(
        {"l": [{"text": "sad", "label": "A", "sure": "Y"}, {"text": "野家", "label": "B", "sure": "N"}]}
    )
    marks = [result["value"] for result in results if result["type"] == "paragraphlabels"]
    text = data["x"][1]["text"]
    for value in marks:
        assert (value["start"], value["end"]) == ("1", "1")
        assert in_javascript(text, value["startOffset"], value["endOffset"]) == value["text"]
    assert [value["text"] for value in marks] == ["sad", "野家", "sad"]


@pytest.mark.parametrize("shift", [-1, 1])
def test_offsets_of_another_count_are_refused(shift):
    task = asked(TALK, {"x": [{"author": "A", "text": "😢 sad saddd"}]})
    results = task.results({"l": [{"text": "sad", "label": "A", "sure": "Y"}]})
    value = results[0]["value"]
    value["startOffset"] += shift
    value["endOffset"] += shift
    with pytest.raises(AnswerError, match="does not stand at its offsets"):
        task.check(results)


def test_an_annotators_mark_behind_an_emoji_is_told_in_its_own_words():
    text = "😢🇫🇷 I\r\nsad 𠮷野家 happy"
    value = {"start": "0", "end": "0", "startOffset": 14, "endOffset": 17, "text": "𠮷野", "paragraphlabels": ["A"]}
    region = {"id": "r", "from_name": "l", "to_name": "o", "type": "paragraphlabels", "value": value}
    assert in_javascript(text, 14, 17) == "𠮷野"
    task = asked(TALK, {"x": [{"author": "A", "text": text}]}, context=[region])
    assert [given.words for given in task.prepared.given] == ['"𠮷野"']
    answer = {"l": [{"text": "𠮷野", "label": "A", "sure": "Y"}], "regions": {"1": {"sure": "N"}}}
    assert [result["id"] for result in task.results(answer)] == ["r"]  # it is not marked again
