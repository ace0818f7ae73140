"""How sure a model was of each part of its answer: bounded, by its labels' share among those that are offered."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.answer.score import NO_SCORES, AnswerScores, score_answer
from backend.model.answer.tokens import Token

LN = math.log


def schema(**properties):
    return {"type": "object", "properties": properties}


def enum(*labels):
    return {"enum": list(labels)}


MOOD = schema(mood=enum("Good", "Bad", "Neutral"))


def tokens(*parts):
    """Return tokens: a text is certain; a pair has its probability, and others with theirs."""
    found = []
    for part in parts:
        text, probability, others = (part, 1.0, {}) if isinstance(part, str) else (*part, {})[:3]
        found.append(Token(text, LN(probability), tuple((other, LN(p)) for other, p in others.items())))
    return found


def score(form, *parts):
    given_tokens = tokens(*parts)
    text = "".join(token.text for token in given_tokens)
    return score_answer(given_tokens, text[text.index("{") : text.rindex("}") + 1], form)


def test_a_label_has_its_share_among_those_that_are_offered():
    told = ('"Go', 0.5, {'"Ba': 0.125, '"Sad': 0.25, "'Ba": 0.1})
    assert score(MOOD, '{"mood": ', told, 'od"', "}").of(("mood",)) == pytest.approx(0.8)


def test_what_leads_to_the_same_label_counts_for_it():
    told = ('"Go', 0.5, {'"Good': 0.25, '"G': 0.05, '"Bad"': 0.25})
    assert score(MOOD, '{"mood": ', told, 'od"', "}").of(("mood",)) == pytest.approx(0.8 / 1.05)


def test_what_leads_to_several_labels_tells_nothing():
    form = schema(mood=enum("Glad", "Good"))
    told = (' "G', 0.5, {' "': 0.25, ' "Go': 0.125})
    assert score(form, '{"mood":', told, ("l", 0.5, {"o": 0.5}), 'ad"}').of(("mood",)) == pytest.approx(0.8 * 0.5)


def test_a_token_may_reach_over_the_label_at_both_ends():
    told = ('": "Go', 0.5, {'": "Ba': 0.5, '":"Ba': 0.1})
    assert score(MOOD, '{"mood', told, 'od"} so').of(("mood",)) == pytest.approx(0.5)


def test_a_label_that_begins_as_another():
    form = schema(mood=enum("Good", "Good enough"))
    ended = ('"}', 0.75, {" enough": 0.25})
    assert score(form, '{"mood": "', "Good", ended).of(("mood",)) == pytest.approx(0.75)
    assert score(form, '{"mood": "', "Good", (" enough", 0.25, {'"}': 0.75}), '"}').of(("mood",)) == pytest.approx(0.25)


def test_without_other_tokens_a_label_has_the_probability_of_those_that_decide():
    assert score(MOOD, '{"mood": "', ("G", 0.5), ("ood", 0.25), '"}').of(("mood",)) == pytest.approx(0.5)


def test_whole_numbers_within_bounds_are_labels():
    form = schema(stars={"type": "integer", "minimum": 1, "maximum": 10})
    assert score(form, '{"stars": ', ("1", 0.5, {"2": 0.5}), ("}", 0.75, {"0": 0.25})).of(("stars",)) == pytest.approx(
        0.5 * 0.75
    )


def test_other_numbers_have_the_probability_of_all_their_tokens():
    assert score(schema(n={"type": "number"}), '{"n": ', ("12", 0.5), (".5", 0.5), "}").of(("n",)) == pytest.approx(
        0.25
    )


def test_a_text_is_as_sure_as_its_tokens_are_in_the_mean():
    form = schema(summary={"type": "string"})
    assert score(form, '{"summary": ', '"', ("a", 0.25), '"', "}").of(("summary",)) == pytest.approx(0.25 ** (1 / 3))
    long = score(form, '{"summary": "', *([("a", 0.5)] * 5000), '"}').of(("summary",))
    assert long == pytest.approx(0.5, rel=1e-3)


def test_what_may_be_none():
    form = schema(mood={"anyOf": [enum("Good", "Bad"), {"type": "null"}]})
    assert score(form, '{"mood": ', ("null", 0.5, {'"Bad"': 0.25}), "}").of(("mood",)) == pytest.approx(2 / 3)
    assert score(form, '{"mood": ', ('"Bad"', 0.25, {"null": 0.5}), "}").of(("mood",)) == pytest.approx(1 / 3)


SPANS: dict[str, Any] = {
    "type": "object",
    "properties": {"ner": {"type": "array", "items": {"$ref": "#/$defs/Entity"}}},
    "$defs": {"Entity": schema(label=enum("PER", "ORG"), text={"type": "string"}, sure=enum("yes", "no"))},
}


def test_each_region_has_the_probability_of_all_that_it_says():
    found = score(
        SPANS,
        '{"ner": [{"label": "',
        ("PER", 0.8, {"ORG": 0.2}),
        '", "text": ',
        ('"Ann"', 0.5),
        ', "sure": "',
        ("no", 0.25, {"yes": 0.75}),
        '"}',
        (", ", 0.5),
        '{"label": "',
        ("ORG", 0.6, {"PER": 0.4}),
        '", "text": "Acme"}',
        ("]", 0.9, {", ": 0.1}),
        "}",
    )
    assert found.of(("ner", 0), {"sure"}) == pytest.approx(0.8 * 0.5)
    assert found.of(("ner", 0, "sure")) == pytest.approx(0.25)
    assert found.of(("ner", 0)) == pytest.approx(0.8 * 0.5 * 0.25)
    assert found.of(("ner",)) == pytest.approx(0.25)  # of a whole list, the most doubtful value
    assert found.of(("ner", 1)) == pytest.approx(0.6)
    assert found.ends == {("ner",): pytest.approx(0.9)}
    assert found.of(("ner", 2)) is found.of(("elsewhere",)) is None


def test_a_list_of_nothing():
    empty = (" []", 0.5, {' [{"': 0.25, " [": 0.1})
    assert score(SPANS, '{"ner":', empty, "}").of(("ner",)) == pytest.approx(2 / 3)


def test_a_list_that_is_full_ends_for_sure():
    form = schema(topic={"type": "array", "items": enum("A", "B"), "maxItems": 1})
    assert score(form, '{"topic": ["', ("A", 0.5, {"B": 0.5}), ('"]', 0.1, {'",': 0.9}), "}").ends == {}


def test_an_answer_within_another_object_is_found():
    told = ('"Good"', 0.5, {'"Bad"': 0.5})
    wrapped = tokens('so: {"answer": [{"mood": ', told, "}]} then")
    assert score_answer(wrapped, '{"mood": "Good"}', MOOD).of(("mood",)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("", '{"mood": "Good"}'),
        ("{'mood': 'Good'}", '{"mood": "Good"}'),
        ('{"other": "Good"}', '{"mood": "Good"}'),
        ('{"mood": "Good"}', "no json"),
        ('{"mood": "Good"}', "[]"),
        ('{"mood": ["Good"]}', '{"mood": "Good"}'),
        ('{"mood": 1}', '{"mood": 2}'),
        ('{"mood": "Good"', '{"mood": "Good"}'),
    ],
)
def test_what_is_not_what_the_answer_says_has_no_score(written, content):
    assert score_answer(tokens(written) if written else [], content, MOOD).of(("mood",)) is None


def test_an_answer_of_no_scores():
    assert AnswerScores().of(()) is NO_SCORES.of(("mood",)) is None


ALL: dict[str, Any] = {
    "type": "object",
    "properties": {
        "mood": {"anyOf": [enum("Good", "Bad", 'G"o', "é"), {"type": "null"}]},
        "stars": {"type": "integer", "minimum": 1, "maximum": 12},
        "n": {"anyOf": [{"type": "number"}, {"type": "string"}]},
        "topics": {"type": "array", "items": enum("A", "AB", "B"), "maxItems": 2},
        "ner": SPANS["properties"]["ner"],
    },
    "$defs": SPANS["$defs"],
}
ENTITY = st.fixed_dictionaries(
    {"label": st.sampled_from(["PER", "ORG"]), "text": st.text(max_size=6), "sure": st.sampled_from(["yes", "no"])}
)
ANSWERS = st.fixed_dictionaries(
    {
        "mood": st.sampled_from(["Good", "Bad", 'G"o', "é", None]),
        "stars": st.integers(1, 12),
        "n": st.floats(-9, 9) | st.text(max_size=4),
        "topics": st.lists(st.sampled_from(["A", "AB", "B"]), max_size=2),
        "ner": st.lists(ENTITY, max_size=3),
    }
)
LOGPROBS = st.floats(-9999, 0)
PIECES = st.sampled_from(['"', '"G', "Bad", "1", "12", "]", ",", ", ", "[{", "", "}", '"A', 'B"', "é", "null"])
OTHERS = st.lists(st.tuples(PIECES | st.text(max_size=3), LOGPROBS), max_size=5).map(tuple)


@given(ANSWERS, st.sampled_from([None, 1]), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_tokens_say_a_score_is_a_probability(answer, indent, data):
    text = json.dumps(answer, ensure_ascii=data.draw(st.booleans()), indent=indent)
    ends = sorted(data.draw(st.sets(st.integers(1, len(text)), max_size=30)) | {len(text)})
    parts = [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    told = [Token(part, data.draw(LOGPROBS), data.draw(OTHERS)) for part in parts]
    found = score_answer(told, json.dumps(answer), ALL)
    regions = [found.of(place[:size]) for place in found.values for size in range(1, len(place) + 1)]
    scores: list[float | None] = [*found.values.values(), *found.ends.values(), *found.texts.values(), *regions]
    assert len(found.values) == 3 + len(answer["topics"]) + 3 * len(answer["ner"])
    assert all(each is not None and 0 <= each <= 1 for each in scores)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_labels_scores_together_are_1(first, second):
    first, second = sorted((first, second))
    shares = {"Good": first, "Bad": second - first, "Neutral": 1 - second}
    shares = {label: max(share, 1e-9) for label, share in shares.items()}
    found = [
        score(
            MOOD,
            '{"mood": ',
            (f'"{label}"', share, {f'"{other}"': own for other, own in shares.items() if other != label}),
            "}",
        ).of(("mood",))
        for label, share in shares.items()
    ]
    assert sum(found) == pytest.approx(1)


@given(st.lists(st.tuples(st.text(max_size=5), LOGPROBS, OTHERS), max_size=12), st.text(max_size=20))
def test_nothing_makes_it_fail(told, content):
    score_answer([Token(*each) for each in told], content, ALL)
    whole = "".join(text for text, *_ in told)
    score_answer([Token(*each) for each in told], whole, ALL)
