"""Mentions are found where they stand, in whatever form the model gives them back, and never elsewhere."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import TaskError
from backend.privacy.text.scripts import is_cut
from backend.privacy.types import Detection
from backend.prompting.pieces import pieces
from backend.results.grounding import Text, widen
from tests.parts import ENTITIES, asked

TEXT = (
    "Dr. John  O’Brien-Smith met “Ann” at Acme Corporation.\nJohn left [PERSON_1] and [PERSON_2] 😀 Zoe\u0308 at 12:30."
)


def found(mention, text=TEXT):
    return [text[start:end] for start, end in Text(text).find(mention)]


@pytest.mark.parametrize(
    ("mention", "places"),
    [
        ("John", ["John", "John"]),
        ("john o'brien–smith", ["John  O’Brien-Smith"]),
        ("ANN", ["Ann"]),
        ('"Ann"', ["Ann"]),
        ("«Ann»", ["Ann"]),
        ("Acme\nCorporation", ["Acme Corporation"]),
        ("Acme Corporatoin", ["Acme Corporation"]),
        ("ＡＣＭＥ", ["Acme"]),
        ("Ac\u200bme", ["Acme"]),
        ("Zoë", ["Zoe\u0308"]),
        ("[person_1]", ["[PERSON_1]"]),
    ],
)
def test_a_mention_in_another_form_is_found(mention, places):
    assert found(mention) == places


@pytest.mark.parametrize(
    "mention",
    [
        "Joh",
        "Annabel",
        "[PERSON_3]",
        "12:31",
        "at 12:31.",
        "Acne",
        "Bob",
        "",
        "  ",
        '""',
        "Acme Incorporated Ltd",
        "Zo",
    ],
)
def test_a_mention_that_is_not_there_is_not_found(mention):
    assert found(mention) == []


def test_a_close_match_is_made_where_there_is_one_alone():
    assert found("Smithe Brothers", "Smith Brothers sued.") == ["Smith Brothers"]
    assert found("Smithe Brothers", "Smith Brothers sued Smitha Brothers.") == []


@pytest.mark.parametrize(
    ("granularity", "wide"),
    [
        ("", "nn"),
        ("symbol", "nn"),
        ("word", "Ann-Marie"),
        ("sentence", "Ann-Marie sat!"),
        ("paragraph", "Hi. Ann-Marie sat! Well."),
    ],
)
def test_granularity(granularity, wide):
    text = "One.\n\nHi. Ann-Marie sat! Well.\nTwo."
    start = text.index("nn")
    first, last = widen(text, start, start + 2, granularity)
    assert text[first:last] == wide


@given(
    st.text(max_size=400), st.integers(5, 80), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30)), max_size=6)
)
def test_pieces_hold_the_whole_text_and_cut_no_placeholder(text, size, kept):
    places, end = [], 0
    for start, length in sorted(kept):
        if end <= start < start + length <= len(text):
            places.append((start, start + length))
            end = start + length
    cut = pieces(text, size, places)
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    for (start, end), (after, stop) in pairwise(cut):
        assert start < after <= end < stop
    for start, end in places:
        assert any(a <= start and end <= b for a, b in cut)
        assert not any(start < edge < end for piece in cut for edge in piece)


def test_no_piece_cuts_a_letter_from_its_marks():
    text = "e\u0301" * 50 + "👩‍👩‍👧" * 20 + "नमस्ते" * 20
    assert not any(is_cut(text, edge) for piece in pieces(text, 11) for edge in piece)


def test_sentences_are_kept_whole_and_shared():
    text = "".join(f"Sentence number {n} is here. " for n in range(40))
    cut = pieces(text, 300)
    assert all(end - start <= 300 for start, end in cut)
    assert all(text[start:end].startswith("Sentence") for start, end in cut)
    assert all(after < end for (_, end), (after, _) in pairwise(cut))


# --- spans of any text, any redaction, any answer --------------------------------------------------------------------

LABELS = '<Label value="A"/><Label value="B"/>'
CONFIGS = {
    "Text": f'<View><Text name="o" value="$x"/><Labels name="l" toName="o">{LABELS}</Labels></View>',
    "HyperText": f'<View><HyperText name="o" value="$x"/><Labels name="l" toName="o">{LABELS}</Labels></View>',
    "Paragraphs": f'<View><Paragraphs name="o" value="$x"/><ParagraphLabels name="l" toName="o">{LABELS}'
    "</ParagraphLabels></View>",
}
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
WORDS = st.lists(
    st.sampled_from(["Ann", "Lee", "Acme", "met", "at", "😀", "Zoë", "é", "李", "[PERSON_1]", "PER_1"]), min_size=1
)
SOME = st.one_of(ANY, WORDS.map(" ".join), st.tuples(WORDS.map(" ".join), ANY).map("".join))


@st.composite
def html(draw):
    parts = draw(
        st.lists(st.tuples(st.sampled_from(("p", "b", "td", "style", "x-y", "script")), SOME), min_size=1, max_size=4)
    )
    marks = draw(st.sampled_from(("", "<br>", "\n  ", "&amp;", "<!-- x -->")))
    return marks.join(f"<{tag}>{text.replace('<', '&lt;')}</{tag}>" for tag, text in parts)


def data_of(tag):
    match tag:
        case "Text":
            return SOME
        case "HyperText":
            return html()
    turn = st.fixed_dictionaries({"author": SOME, "text": SOME, "audio": st.just("a.mp3")})
    return st.lists(turn, min_size=1, max_size=3)


def as_mentioned(draw, text):
    """Draw what a model might call a stretch of a text."""
    start = draw(st.integers(0, max(len(text) - 1, 0)))
    words = text[start : start + draw(st.integers(1, 25))]
    change = draw(
        st.sampled_from(
            (str, str.lower, str.upper, lambda w: f'"{w}"', lambda w: w.replace(" ", "\n"), lambda w: w[1:] + "x")
        )
    )
    return change(words)


@given(st.sampled_from(sorted(CONFIGS)), st.data())
def test_p09_every_span_is_exact_on_the_original(tag, data):
    value = data.draw(data_of(tag))
    ranges = data.draw(
        st.lists(st.tuples(st.integers(0, 120), st.integers(1, 15), st.sampled_from(("PERSON", "DATE_TIME"))))
    )

    def detect(text):
        return [Detection(s, min(s + n, len(text)), kind, 0.9) for s, n, kind in ranges if s < len(text)]

    try:
        task = asked(CONFIGS[tag], {"x": value}, detect, size=data.draw(st.sampled_from((30, 10_000))))
    except TaskError:  # a text of spaces alone
        return
    answers = []
    for call in task.calls:
        text = call.texts.documents["o"]
        mentions = [as_mentioned(data.draw, text) for _ in range(data.draw(st.integers(0, 3)))]
        answers.append({"l": [{"text": m, "label": data.draw(st.sampled_from("AB"))} for m in mentions]})
    results = task.results(*answers)  # its check looks at each span too
    content = task.prepared.reading.contents["o"]
    for result in results:
        value = result["value"]
        where = value.get("globalOffsets", value)
        original = content.originals[int(value["start"]) if tag == "Paragraphs" else 0]
        if tag == "Paragraphs":  # counted in UTF-16 units
            units = original.encode("utf-16-le")[2 * value["startOffset"] : 2 * value["endOffset"]]
            assert units.decode("utf-16-le") == value["text"]
        else:
            assert original[where["start"] : where["end"]] == value["text"]
        assert value["text"].strip()
    places = [(r["value"]["text"], repr(r["value"])) for r in results]
    assert len(set(places)) == len(places)


def test_a_long_text_is_asked_in_pieces_and_merged_without_doubles():
    text = " ".join(f"Ann{n} met Bob." for n in range(60))
    task = asked(CONFIGS["Text"], {"x": text}, size=200)
    assert len(task.calls) > 4
    answers = []
    for call in task.calls:
        shown = call.texts.documents["o"]
        assert len(shown) <= 200
        answers.append(
            {"l": [{"text": word, "label": "A"} for word in dict.fromkeys(re.findall(r"Ann\d+|Bob", shown))]}
        )
    results = task.results(*answers)
    assert [r["value"]["text"] for r in sorted(results, key=lambda r: r["value"]["start"])] == re.findall(
        r"Ann\d+|Bob", text
    )


def test_only_what_marks_spans_is_asked_in_pieces():
    config = CONFIGS["Text"].replace("</View>", '<Choices name="c" toName="o"><Choice value="Y"/></Choices></View>')
    task = asked(config, {"x": "Ann met Bob. " * 60}, size=200)
    whole, *rest = task.calls
    assert [c.from_name for c in whole.question.controls] == ["c"]
    assert whole.texts.documents["o"] == "Ann met Bob. " * 60
    assert {c.from_name for call in rest for c in call.question.controls} == {"l"}


def test_what_was_left_out_is_counted_with_its_reason():
    task = asked(CONFIGS["Text"], {"x": "Ann sat."})
    assert task.results({"l": [{"text": "Bob", "label": "A"}]}) == ()
    assert dict(task.drops) == {"it does not stand in the text": 1}


def test_a_placeholder_stands_for_all_forms_of_its_value():
    text = "John Smith came. Smith left, and SMITH slept."
    detect = lambda whole: [Detection(0, 10, "PERSON", 0.9)] if whole == text else []  # noqa: E731
    task = asked(ENTITIES, {"text": text}, detect)
    assert "[PERSON_1B]" in task.prepared.texts.documents["text"]
    for mention in ("[PERSON_1]", "[person_1b]"):
        results = task.results({"ner": [{"text": mention, "label": "PER"}]})
        assert [r["value"]["text"] for r in results] == ["John Smith", "Smith", "SMITH"]
