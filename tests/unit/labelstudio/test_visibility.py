"""Conditional and per-region answers: what the config would hide is not given, what it requires must be there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.errors import AnswerError
from tests import pace
from tests.parts import answered, asked

TEXT = '<Text name="text" value="$text"/>'
DATA = {"text": "Ann works at Acme."}
MOOD = '<Choices name="mood" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad"/></Choices>'
NER = '<Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>'
ANN, ACME = {"text": "Ann", "label": "PER"}, {"text": "Acme", "label": "ORG"}
WHY = '<Choices name="why" toName="text"><Choice value="Price"/><Choice value="Time"/></Choices>'


def view(inner, **attributes):
    return f"<View {' '.join(f'{k}={v!r}' for k, v in attributes.items())}>{inner}</View>".replace("'", '"')


def names(config, answer, data=DATA):
    return [result["from_name"] for result in answered(f"<View>{TEXT}{config}</View>", data, answer)]


@pytest.mark.parametrize(
    ("when", "mood", "shown"),
    [
        ({"visibleWhen": "choice-selected", "whenTagName": "mood", "whenChoiceValue": "Bad"}, "Bad", True),
        ({"visibleWhen": "choice-selected", "whenTagName": "mood", "whenChoiceValue": "Bad"}, "Good", False),
        ({"visibleWhen": "choice-selected", "whenTagName": "mood", "whenChoiceValue": "Bad,Good"}, "Good", True),
        ({"visibleWhen": "choice-selected", "whenTagName": "mood", "whenChoiceValue": "g"}, "Good", True),
        ({"visibleWhen": "choice-selected", "whenTagName": "mood"}, "Good", True),
        ({"visibleWhen": "choice-selected"}, "Good", True),
        ({"visibleWhen": "choice-unselected", "whenTagName": "mood", "whenChoiceValue": "Bad"}, "Good", True),
        ({"visibleWhen": "choice-unselected", "whenTagName": "mood", "whenChoiceValue": "Bad"}, "Bad", False),
        ({"visibleWhen": "choice-unselected", "whenTagName": "mood"}, "Bad", False),
        ({"visibleWhen": "no-region-selected"}, "Bad", True),
        ({"visibleWhen": "region-selected"}, "Bad", False),
        ({"whenChoiceValue": "Bad"}, "Bad", True),
        ({"whenChoiceValue": "Bad"}, "Good", False),
    ],
)
def test_a_view_is_shown_on_a_condition(when, mood, shown):
    found = names(MOOD + view(WHY, **when), {"mood": mood, "why": "Price"})
    assert found == (["mood", "why"] if shown else ["mood"])


def test_a_condition_on_the_tag_itself_and_null_for_no_answer():
    why = WHY.replace("<Choices", '<Choices visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad"')
    assert names(MOOD + why, {"mood": "Good", "why": None}) == ["mood"]
    with pytest.raises(ValidationError):
        names(MOOD + WHY, {"mood": "Good", "why": None})


def test_what_hangs_on_a_hidden_answer_is_hidden_too():
    deep = '<Choices name="deep" toName="text"><Choice value="Y"/></Choices>'
    inner = view(WHY, visibleWhen="choice-selected", whenTagName="mood", whenChoiceValue="Bad")
    inner += view(deep, visibleWhen="choice-selected", whenTagName="why")
    assert names(MOOD + inner, {"mood": "Good", "why": "Price", "deep": "Y"}) == ["mood"]
    assert names(MOOD + inner, {"mood": "Bad", "why": "Price", "deep": "Y"}) == ["mood", "why", "deep"]


def test_required_is_met_or_the_task_fails_with_the_reason():
    required = WHY.replace("<Choices", '<Choices required="true"')
    inner = view(required, visibleWhen="choice-selected", whenTagName="mood", whenChoiceValue="Bad")
    assert names(MOOD + inner, {"mood": "Good", "why": None}) == ["mood"]
    with pytest.raises(AnswerError, match="Choices 'why' is required"):
        names(MOOD + inner, {"mood": "Bad", "why": None})


SURE = '<Choices name="sure" toName="text" perRegion="true"{}><Choice value="Y"/><Choice value="N"/></Choices>'
NORM = '<TextArea name="text" toName="text" perRegion="true"/>'


def test_each_region_gets_its_own_answers_with_its_id_and_coordinates():
    answer = {"ner": [{**ANN, "sure": "Y", "text_answer": "ann"}, {**ACME, "sure": "N", "text_answer": ""}]}
    results = answered(f"<View>{TEXT}{NER}{SURE.format('')}{NORM}</View>", DATA, answer)
    ann, acme = results[0]["id"], results[1]["id"]
    assert [(r["id"], r["from_name"], r["value"]) for r in results[2:]] == [
        (ann, "sure", {"start": 0, "end": 3, "text": "Ann", "choices": ["Y"]}),
        (acme, "sure", {"start": 13, "end": 17, "text": "Acme", "choices": ["N"]}),
        (ann, "text", {"start": 0, "end": 3, "text": ["ann"]}),
    ]


@pytest.mark.parametrize(
    "config",
    [
        SURE.format(' whenLabelValue="ORG"'),
        view(SURE.format(""), visibleWhen="region-selected", whenLabelValue="ORG,LOC"),
        view(SURE.format(""), visibleWhen="region-selected", whenTagName="ner", whenLabelValue="ORG"),
    ],
)
def test_a_question_for_one_label_is_answered_for_its_regions_alone(config):
    answer = {"ner": [{**ANN, "sure": "Y"}, {**ACME, "sure": "N"}]}
    results = answered(f"<View>{TEXT}{NER}{config}</View>", DATA, answer)
    assert [r["value"]["text"] for r in results if r["from_name"] == "sure"] == ["Acme"]


def test_a_thousand_hidden_answers_are_left_out_quickly():
    config = view(SURE.format(""), visibleWhen="region-selected", whenLabelValue="ORG")
    config = f"<View>{TEXT}{NER}{config}{NORM}</View>"

    def results(size):
        text = " ".join(f"Ann{n}" for n in range(size))
        one = {"label": "PER", "sure": "Y", "text_answer": "x"}
        return answered(config, {"text": text}, {"ner": [{"text": f"Ann{n}", **one} for n in range(size)]})

    assert len(results(500)) == 1000
    assert pace.grows_evenly(results, 500)


def test_required_for_each_region():
    sure = SURE.format(' required="true" whenLabelValue="ORG"')
    config = f"<View>{TEXT}{NER}{sure}</View>"
    assert answered(config, DATA, {"ner": [{**ANN, "sure": None}]})
    with pytest.raises(AnswerError, match="required"):
        answered(config, DATA, {"ner": [{**ACME, "sure": None}]})


def test_questions_about_the_messages_of_a_chat_by_their_role():
    config = (
        '<View><Chat name="chat" value="$chat"/>'
        + view('<Rating name="r" toName="chat" perRegion="true"/>', visibleWhen="region-selected", whenRole="assistant")
        + "</View>"
    )
    chat = {"chat": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    results = answered(config, chat, {"regions": {"1": {"r": 5}, "2": {"r": 4}}})
    assert [(r["id"], r["value"]["rating"], r["value"]["chatmessage"]["content"]) for r in results] == [
        ("message-2", 4, "Hello")
    ]


def test_a_relation_stays_within_its_object():
    ner = NER + NER.replace('name="ner" toName="text"', 'name="other" toName="more"')
    chat = '<Chat name="chat" value="$chat"/><Rating name="r" toName="chat" perRegion="true"/>'
    config = f'<View>{TEXT}<Text name="more" value="$more"/>{ner}{chat}<Relations/></View>'
    data = {**DATA, "more": "Ann rides a bus.", "chat": [{"role": "user", "content": "Hi"}]}
    answer = {
        "ner": [ANN, ACME],
        "other": [ANN],
        "relations": [{"from": "Ann", "to": "Acme"}],
        "regions": {"1": {"r": 3}},
    }
    results = answered(config, data, answer)
    (relation,) = [result for result in results if result["type"] == "relation"]
    ends = {result["id"]: result["to_name"] for result in results if result["type"] == "labels"}
    assert [ends[relation["from_id"]], ends[relation["to_id"]]] == ["text", "text"]


# --- any nest of conditions -----------------------------------------------------------------------------------------

KINDS = ("choice-selected", "choice-unselected", "region-selected", "no-region-selected")
TAGS = ("a", "b", "c", "d")


@st.composite
def condition(draw):
    when = {"visibleWhen": draw(st.sampled_from(KINDS))}
    if draw(st.booleans()):
        when["whenTagName"] = draw(st.sampled_from((*TAGS, "ner")))
    if draw(st.booleans()):
        when["whenChoiceValue"] = draw(st.sampled_from(("X", "Y", "X,Y")))
    if draw(st.booleans()):
        when["whenLabelValue"] = draw(st.sampled_from(("PER", "ORG")))
    return when


@st.composite
def nest(draw):
    """Four controls, each in up to three Views with conditions, some asked for each region."""
    config, whens, answer = NER, {}, {"ner": draw(st.lists(st.sampled_from((ANN, ACME)), max_size=2, unique_by=str))}
    answer["ner"] = [dict(entity) for entity in answer["ner"]]
    for name in TAGS:
        per_region = draw(st.booleans())
        whens[name] = (per_region, draw(st.lists(condition(), max_size=3)))
        flag = ' perRegion="true"' if per_region else ""
        inner = f'<Choices name="{name}" toName="text"{flag}><Choice value="X"/><Choice value="Y"/></Choices>'
        for when in whens[name][1]:
            inner = view(inner, **when)
        config += inner
        for place in answer["ner"] if per_region else [answer]:
            place[name] = draw(st.sampled_from(("X", "Y")))
    return f"<View>{TEXT}{config}</View>", whens, answer


def editor_shows(results, when, region):
    """Decide as Label Studio's Visibility mixin does, for the region that is selected."""
    labels = {r["id"]: r["value"]["labels"] for r in results if r["type"] == "labels"}
    chosen = {
        (r["from_name"], value): True
        for r in results
        if r["type"] == "choices" and ("start" not in r["value"] or r["id"] == region)
        for value in r["value"]["choices"]
    }

    def selected():
        tag, values = when.get("whenTagName"), when.get("whenChoiceValue")
        of_tag = [value for name, value in chosen if tag in (None, name)]
        return bool(of_tag) if values is None else any(value in values.split(",") for value in of_tag)

    match when["visibleWhen"]:
        case "choice-selected":
            return selected()
        case "choice-unselected":
            return not selected()
        case "no-region-selected":
            return not region
    if region not in labels or when.get("whenTagName", "ner") != "ner":
        return False
    return "whenLabelValue" not in when or when["whenLabelValue"] in labels[region]


@given(nest())
def test_p08_a_hidden_answer_is_never_given(made):
    config, whens, answer = made
    results = answered(config, DATA, answer)
    regions = ["", *{r["id"] for r in results if r["type"] == "labels"}]
    for result in results:
        per_region, conditions = whens.get(result["from_name"], (False, []))
        over = [result["id"]] if per_region else regions
        assert any(all(editor_shows(results, when, region) for when in conditions) for region in over)


@st.composite
def tree(draw, depth=3):
    """The XML of nested choices, and all paths in it."""
    xml, paths = "", []
    for value in draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=3, unique=True)):
        inner, below = draw(tree(depth=depth - 1)) if depth and draw(st.booleans()) else ("", [])
        xml += f'<Choice value="{value}">{inner}</Choice>'
        paths += [[value], *([value, *path] for path in below)]
    return xml, paths


@given(tree(), st.data())
def test_p08_no_path_that_is_not_in_the_tree(made, data):
    xml, paths = made
    config = f'<View>{TEXT}<Taxonomy name="t" toName="text">{xml}</Taxonomy></View>'
    offered = [label.name for label in asked(config, DATA).prepared.plan.controls[0].labels]
    assert [name.split(" > ") for name in offered] == paths
    given = data.draw(st.lists(st.sampled_from([*offered, "Z", "A > Z", "B > A > A", ""]), min_size=1, unique=True))
    try:
        (result,) = answered(config, DATA, {"t": given})
    except ValidationError:
        assert not set(given) <= set(offered)
    else:
        assert all(path in paths for path in result["value"]["taxonomy"])
        assert len(result["value"]["taxonomy"]) == len(given)
