"""The measures: counted by hand on small texts, and presidio-research's as its own package counts them."""

import json
from math import isnan

import pytest

from backend.errors import RequestError
from backend.evaluate import (
    Annotated,
    Mark,
    SpanScore,
    english_tokens,
    is_direct,
    joined_marks,
    measure,
    read_annotated,
    score_spans,
)
from tests.child import ROOT

DATA = ROOT / "tests" / "data"
tokenize = english_tokens()


def annotated(text, *values):
    """Annotate each (value, type) where it first stands."""
    return Annotated(text, tuple(Mark(text.index(v), text.index(v) + len(v), kind) for v, kind in values))


def marks(document, *values):
    return [Mark(document.text.index(v), document.text.index(v) + len(v), "X") for v in values]


def test_a_leak_is_a_letter_or_digit_that_survives_and_a_telling_one_three_on_end():
    whole = annotated("Ask Ann Lee, now.", ("Ann Lee", "PERSON"))
    hyphen = annotated("Ask Ann-Lee now.", ("Ann-Lee", "PERSON"))
    found = [marks(whole, "Ann L"), marks(whole, "Ann"), marks(whole, "Ann Lee"), [*marks(hyphen, "Ann", "Lee")], []]
    figures = measure([whole, whole, whole, hyphen, whole], found).wanted
    assert (figures.documents, figures.leaking, figures.telling) == (5, 3, 2)
    assert (figures.spans, figures.covered) == (5, 2)


def test_a_stop_word_that_survives_does_not_tell():
    text = annotated("He lives in The Hague since May.", ("The Hague", "LOCATION"))
    figures = measure([text], [marks(text, "Hague")])
    assert (figures.wanted.leaking, figures.wanted.telling) == (1, 0)


def test_a_document_counts_once_and_once_for_each_type():
    text = annotated("Ann, Bob: ann@example.org", ("Ann", "PERSON"), ("Bob", "PERSON"), ("ann@example.org", "EMAIL"))
    figures = measure([text], [marks(text, "Ann")])
    assert (figures.wanted.documents, figures.wanted.leaking, figures.wanted.spans) == (1, 1, 3)
    assert figures.by_type["PERSON"].full == 0.5
    assert figures.by_type["EMAIL"].leak == 1


def test_documents_without_wanted_spans_do_not_lower_the_leak():
    documents = [annotated("Ann is 33.", ("Ann", "PERSON"), ("33", "AGE")), annotated("She is 33.", ("33", "AGE"))]
    figures = measure(documents, [[], []], wanted=is_direct)
    assert figures.wanted.leak == 1
    assert list(figures.by_type) == ["PERSON"]
    assert isnan(figures.precision)


def test_what_is_redacted_for_nothing_is_counted_in_letters_and_digits():
    text = annotated("Ann sent 10 good pens.", ("Ann", "PERSON"), ("10", "AGE"))
    figures = measure([text], [marks(text, "Ann", "10 good", "pens", "ood p")], personal=lambda kind: kind != "AGE")
    assert (figures.redacted, figures.right) == (2, 1)
    assert (figures.needless, figures.outside) == (10, 14)
    assert measure([text], [marks(text, "10")]).over_redaction == 0


def test_a_file_and_its_detections_must_be_of_one_length():
    with pytest.raises(ValueError, match="argument 2"):
        measure([annotated("Ann", ("Ann", "PERSON"))], [])


def perturbed(documents):
    """Predict what is annotated, with all kinds of mistakes, the same each time."""
    number = 0
    for document in documents:
        found: list[Mark] = []
        for start, end, own in sorted(document.spans):
            number += 1
            middle = start + (end - start) // 2
            kind = "PERSON" if number % 7 == 0 else own
            if number % 5 == 0 or (found and start <= found[-1].end):
                continue
            if number % 4 == 0 and middle - start > 2:
                found += [Mark(start, middle - 1, kind), Mark(middle + 1, end, "GPE" if number % 8 else kind)]
            elif number % 3 == 0:
                found.append(Mark(start, min(end + 7, len(document.text)), kind))
            else:
                found.append(Mark(start + number % 2, end, kind))
        yield found


@pytest.mark.parametrize(
    ("release", "counts"),
    [
        (
            "0.2.4",
            {
                "AGE": (12, 6, 6),
                "CREDIT_CARD": (7, 7, 6),
                "DATE_TIME": (20, 15, 13),
                "EMAIL_ADDRESS": (4, 4, 3),
                "IBAN_CODE": (2, 1, 1),
                "IP_ADDRESS": (2, 2, 2),
                "LOCATION": (75, 61, 33),
                "NRP": (10, 8, 7),
                "ORGANIZATION": (26, 18, 7),
                "PERSON": (90, 106, 43),
                "PHONE_NUMBER": (11, 7, 2),
                "PII": (180, 160, 119),
                "TITLE": (7, 3, 2),
                "URL": (8, 5, 5),
                "US_SSN": (3, 1, 1),
                "ZIP_CODE": (7, 5, 5),
            },
        ),
        (
            "0.3.2",
            {
                "AGE": (12, 6, 6),
                "CREDIT_CARD": (7, 7, 6),
                "DATE_TIME": (20, 15, 13),
                "EMAIL_ADDRESS": (4, 4, 3),
                "IBAN_CODE": (2, 1, 1),
                "IP_ADDRESS": (2, 2, 2),
                "LOCATION": (77, 62, 28),
                "NRP": (10, 8, 7),
                "ORGANIZATION": (26, 18, 7),
                "PERSON": (104, 115, 56),
                "PHONE_NUMBER": (15, 10, 3),
                "PII": (248, 215, 136),
                "TITLE": (7, 3, 1),
                "URL": (8, 5, 5),
                "US_SSN": (3, 1, 1),
                "ZIP_CODE": (7, 5, 5),
            },
        ),
    ],
)
def test_spans_are_scored_as_presidio_research_scores_them(release, counts):
    """The counts are those of presidio-evaluator itself (for 0.2.4 of its repository in August 2025)."""
    documents = read_annotated(DATA / "synth_dataset_v2_200.json").documents
    scores = score_spans(documents, list(perturbed(documents)), tokenize, release=release)
    assert {name: (s.annotated, s.predicted, s.hits) for name, s in scores.items()} == counts


def test_words_that_do_not_matter_are_no_part_of_a_match():
    text = annotated("Send it to 5 Elm Street, today.", ("5 Elm Street", "STREET_ADDRESS"))
    assert score_spans([text], [marks(text, "5 Elm")], tokenize)["PII"] == SpanScore(1, 1, 1)
    assert score_spans([text], [marks(text, "Elm")], tokenize)["PII"] == SpanScore(1, 1, 0)


def test_overlapping_stretches_are_joined():
    assert joined_marks([Mark(5, 9, "B"), Mark(0, 6, "A"), Mark(9, 10, "C")]) == [Mark(0, 9, "A"), Mark(9, 10, "C")]


def test_f2_gives_recall_more_weight():
    assert SpanScore(annotated=10, predicted=5, hits=5).f2 == pytest.approx(5 / 9)


def write(tmp_path, *items):
    file = tmp_path / "data.json"
    file.write_text(json.dumps(items))
    return file


def task(text="Ask Ann.", start=4, end=7, **data):
    value = {"start": start, "end": end, "text": "Ann", "labels": ["Name"]}
    region = {"type": "labels", "from_name": "l", "to_name": "t", "value": value}
    return {"data": {"text": text, **data}, "annotations": [{"result": [region]}]}


def test_presidio_researchs_format_with_halves_by_template(tmp_path):
    span = {"entity_type": "PERSON", "entity_value": "Ann", "start_position": 4, "end_position": 7}
    read = read_annotated(write(tmp_path, {"full_text": "Ask Ann.", "spans": [span], "template_id": 3}))
    assert read.documents == (Annotated("Ask Ann.", (Mark(4, 7, "PERSON"),), "reporting"),)


def test_a_label_studio_export(tmp_path):
    skipped = {**task(), "annotations": [{"was_cancelled": True, "result": []}]}
    none = {"data": {"text": "Nobody."}, "annotations": [{"result": []}]}
    truth = task()
    truth["annotations"].append({"ground_truth": True, "result": []})
    read = read_annotated(write(tmp_path, task(note="Other Ann."), skipped, none, truth))
    assert [document.spans for document in read.documents] == [(Mark(4, 7, "Name"),), (), ()]
    assert read.left_out == 1


@pytest.mark.parametrize(
    ("item", "place", "remedy"),
    [
        ("canary", "document 1", "full_text, spans"),
        ({"full_text": "canary"}, "document 1", "full_text, spans"),
        ({"text": "canary", "spans": [{"start": 0, "end": 99, "entity_type": "X"}]}, "span 1", "code points"),
        ({"text": "canary", "spans": [{"start": "0", "end": 1, "entity_type": "X"}]}, "span 1", "whole numbers"),
        ({"text": "canary", "spans": ["canary"]}, "span 1", "whole numbers"),
        (task(text="Ask canary.", start=5), "region 1", "--field"),
        (task(text="Ask Ann.", note="Ask Ann."), "document 1", "--field"),
        ({"data": {"text": "canary"}, "annotations": []}, "no task is annotated", "export"),
    ],
)
def test_bad_data_is_told_by_place_and_remedy_without_text(tmp_path, item, place, remedy):
    with pytest.raises(RequestError) as caught:
        read_annotated(write(tmp_path, item))
    assert place in caught.value.reason
    assert remedy in caught.value.reason
    assert "canary" not in caught.value.reason
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"canary", b'["\xff"]'])
def test_a_file_that_is_no_list(tmp_path, content):
    (tmp_path / "data.json").write_bytes(content)
    with pytest.raises(RequestError, match=r"data\.json .* Label Studio's tasks"):
        read_annotated(tmp_path / "data.json")
