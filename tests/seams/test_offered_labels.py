"""Of a control's hundreds of labels the likeliest are offered, where a rule says so: seen in what a provider gets."""

import json

import pytest

from tests.parts import build_engine, finds, predict_body, provider, serving, write_policy
from tests.standin import schema_of

LABELS = [f"matter_{number:03}" for number in range(297)] + ["card_lost", "room dirty", "refund"]
LEARN = {"annotations": "keep", "examples": {"most": 1, "tokens": 1000}}
NAMES = ("Ann Lee", "Bob Hill")


def choices(labels=LABELS, **attributes):
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = "".join(f'<Choice value="{label}"/>' for label in labels)
    return f'<View><Text name="text" value="$text"/><Choices name="topic" toName="text"{said}>{inner}</Choices></View>'


CONFIG = choices()


def topic(label):
    return {"id": "c", "from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [label]}}


@pytest.fixture
def engine(tmp_path, vendor):
    """Return what builds an engine under a policy of one rule, or of several."""

    def built(*rules, **keys):
        own = {"name": "all", "match": "everything", "providers": ["p"], "labels": {"offer": 20}, **keys}
        providers = {name: provider(vendor.address, external=name != "own") for name in ("p", "q", "own")}
        rules = json.loads(json.dumps(rules or [own]))  # no value stands there twice
        return build_engine(write_policy(tmp_path, providers, rules), finds(*NAMES), keeps=True)

    return built


def predicted(engine, *texts, config=CONFIG, project="1.1"):
    with serving(engine) as client:
        reply = client.post("/predict", json=predict_body(config, *texts, project=project)).raise_for_status()
        return reply.json()["results"]


def offered(vendor, number=-1):
    """Return the labels of a request's schema, which are those that stand in its prompt."""
    request = vendor.requests[number]
    found = _enum(schema_of(request))
    system = request["messages"][0]["content"]
    assert [label for label in LABELS if f'"{label}"' in system] == [label for label in LABELS if label in found]
    return found


def _enum(schema):
    if isinstance(schema, list):
        return [label for part in schema for label in _enum(part)]
    if not isinstance(schema, dict):
        return []
    return [*schema.get("enum", ()), *(label for part in schema.values() for label in _enum(part))]


def test_so_many_are_offered_and_those_that_the_text_names_are_among_them(engine, vendor):
    (prediction,) = predicted(engine(), "I lost my cards and want the money refunded, says Ann Lee.")
    found = offered(vendor)
    assert len(found) == 20
    assert {"card_lost", "refund"} <= set(found)
    assert found == [label for label in LABELS if label in found]
    assert prediction["result"][0]["value"]["choices"] == [found[0]]


def test_all_are_offered_where_the_policy_says_nothing_and_where_there_are_no_more(engine, vendor):
    predicted(engine(labels={"offer": 300}), "A lost card.")
    assert offered(vendor) == LABELS
    predicted(engine({"name": "all", "match": "everything", "providers": ["p"]}), "A lost card.")
    assert offered(vendor) == LABELS


def test_what_an_annotated_task_like_it_had_is_offered(engine, vendor, shelf):
    text = "The parrot screams all night."
    predicted(engine(learn=LEARN), text)
    assert "matter_250" not in offered(vendor)
    shelf.put(7, "Our neighbours' parrot screams, says Bob Hill.", topic("matter_250"), config=CONFIG)
    predicted(engine(learn=LEARN), text + " ")
    assert "matter_250" in offered(vendor)
    assert len(offered(vendor)) == 20
    assert b"Bob Hill" not in vendor.received


def test_two_projects_never_share(engine, vendor, shelf):
    shelf.put(7, "Our neighbours' parrot screams.", topic("matter_250"), project=2, config=CONFIG)
    predicted(engine(learn=LEARN), "The parrot screams all night.")
    assert "matter_250" not in offered(vendor)
    predicted(engine(learn=LEARN), "The parrot screams all night.", project="2.1")
    assert "matter_250" in offered(vendor)


def test_neither_the_task_itself_nor_what_is_nearly_the_same_tells_a_label(engine, vendor, shelf):
    text = "The parrot of our neighbours screams all night, and nobody of the house can sleep."
    shelf.put(1, "Something else.", topic("matter_250"), config=CONFIG)
    shelf.put(8, text.upper() + "!", topic("matter_251"), config=CONFIG)
    shelf.put(9, text + " Help.", topic("matter_252"), config=CONFIG)
    predicted(engine(learn=LEARN), text)
    assert {"matter_250", "matter_251", "matter_252"}.isdisjoint(offered(vendor))


def test_without_examples_in_the_policy_annotations_tell_nothing(engine, vendor, shelf):
    shelf.put(7, "Our neighbours' parrot screams.", topic("matter_250"), config=CONFIG)
    predicted(engine(learn={"annotations": "keep"}), "The parrot screams all night.")
    assert "matter_250" not in offered(vendor)


@pytest.mark.parametrize(
    "other",
    [
        {"refuse": "secret"},
        {"providers": ["q"], "learn": LEARN},
        {
            "providers": ["p", "own"],
            "learn": LEARN,
            "operators": {"PERSON": {"operator": "placeholder", "local": True}},
        },
    ],
)
def test_what_was_annotated_under_a_rule_that_shows_it_to_others_tells_nothing(engine, vendor, shelf, other):
    data = {"text": "Bob Hill's parrot screams.", "ward": "closed"}
    shelf.put(7, data, topic("matter_250"), config=CONFIG)
    first = {"name": "ward", "match": {"fields": {"ward": "closed"}}, **other}
    last = {"name": "all", "match": "everything", "providers": ["p"], "labels": {"offer": 20}, "learn": LEARN}
    predicted(engine(first, last), "The parrot screams all night.")
    assert len(offered(vendor)) == 20
    assert "matter_250" not in offered(vendor)


def test_what_the_text_hides_tells_nothing(engine, vendor, shelf):
    """The names alone are the same: both are hidden."""
    shelf.put(7, "Bob Hill called.", topic("matter_250"), config=CONFIG)
    shelf.put(8, "Parrots scream.", topic("matter_251"), config=CONFIG)
    uses = {"labels": {"offer": 2}}
    predicted(engine(learn=LEARN, **uses), "Bob Hill has parrots that scream in the card room, lost.")
    assert "matter_251" in offered(vendor)
    assert "matter_250" not in offered(vendor)


def test_an_example_in_the_prompt_has_its_label_offered(engine, vendor, shelf):
    for number in range(30):
        shelf.put(100 + number, f"The parrot number {number} screams.", topic(f"matter_{number:03}"), config=CONFIG)
    learn = {"annotations": "keep", "examples": {"most": 10, "tokens": 4000}}
    predicted(engine(learn=learn, labels={"offer": 5}), "The parrot screams all night.")
    chat = vendor.requests[-1]["messages"][1:-1]
    shown = {json.loads(message["content"])["topic"] for message in chat[1::2]}
    assert len(shown) == 10
    assert shown <= set(offered(vendor))


def test_a_rules_own_examples_stay(engine, vendor, tmp_path):
    (tmp_path / "own.yaml").write_text("- text: Whatever.\n  answer: {topic: matter_199}\n")
    predicted(engine(examples="own.yaml"), "A lost card.")
    assert "matter_199" in offered(vendor)
    assert '{"topic": "matter_199"}' in json.dumps(vendor.requests[-1]["messages"]).replace("\\", "")


def test_the_frequent_labels_are_offered_where_no_word_is_known(engine, vendor, shelf):
    for number in range(6):
        label = "matter_290" if number % 2 else f"matter_28{number}"
        shelf.put(100 + number, f"Thing number {number}", topic(label), config=CONFIG)
    predicted(engine(learn=LEARN), "Qwxz?")
    assert {"matter_290", "matter_280"} <= set(offered(vendor))
    assert len(offered(vendor)) == 20


def test_an_answer_that_is_not_offered_is_none(engine, vendor):
    vendor.answer = lambda request, schema: {"topic": "matter_250"}
    assert predicted(engine(), "A lost card.") == [{}]


def test_the_model_version_follows_the_setting(engine):
    def version(**keys):
        rule = {"name": "all", "match": "everything", "providers": ["p"], **keys}
        return engine(rule).job(CONFIG, "1", "").model_version

    (alike,) = {version(labels={"offer": 20}), version(labels={"offer": 20})}
    assert len({alike, version(labels={"offer": 21}), version()}) == 3


def test_spans_and_trees_are_narrowed_too(engine, vendor):
    spans = CONFIG.replace("Choices", "Labels").replace("<Choice ", "<Label ")
    predicted(engine(), "A lost card.", config=spans)
    assert len(offered(vendor)) == 20
    inner = "".join(f'<Choice value="{name}"><Choice value="{name} below"/></Choice>' for name in LABELS)
    tree = f'<View><Text name="text" value="$text"/><Taxonomy name="t" toName="text">{inner}</Taxonomy></View>'
    predicted(engine(), "A lost card.", config=tree)
    found = _enum(schema_of(vendor.requests[-1]))
    assert len(found) == 20
    assert {"card_lost", "card_lost > card_lost below"} <= set(found)


def test_of_nested_choices_leaves_are_offered_with_the_words_above_them_alone(engine, vendor):
    above = "".join(
        f'<Choice value="{name}" hint="of {name}"><Choice value="{name} one"/><Choice value="{name} two"/></Choice>'
        for name in LABELS
    )
    config = choices([], allowNested="true").replace("></Choices>", f">{above}</Choices>")
    (prediction,) = predicted(engine(labels={"offer": 4}), "A lost card, and dirty rooms.", config=config)
    found = _enum(schema_of(vendor.requests[-1]))
    assert len(found) == 4
    assert {"card_lost > card_lost one", "room dirty > room dirty two"} <= set(found)
    system = vendor.requests[-1]["messages"][0]["content"]
    assert "of card_lost" in system
    assert "matter_" not in system
    assert len(prediction["result"][0]["value"]["choices"][0]) == 2


def test_labels_of_the_tasks_own_are_narrowed_and_not_kept(engine, vendor):
    config = choices([], value="$options")
    for lost in ("card lost", "dog lost"):
        options = [{"value": f"thing {number}"} for number in range(300)] + [{"value": f"{lost} by Ann Lee"}]
        predicted(engine(), {"text": "Ann Lee has lost it.", "options": options}, config=config)
        found = _enum(schema_of(vendor.requests[-1]))
        assert len(found) == 20
        assert f"{lost} by [PERSON_1]" in found
    assert b"Ann" not in vendor.received


def test_a_label_that_holds_what_the_text_hides_is_offered_as_it_stands_there(engine, vendor):
    config = choices([*LABELS, "about Ann Lee", "about Bob Hill"])
    vendor.answer = lambda request, schema: {"topic": "about [PERSON_1]"}
    (prediction,) = predicted(engine(), "Ann Lee called.", config=config)
    assert "about [PERSON_1]" in _enum(schema_of(vendor.requests[-1]))
    assert prediction["result"][0]["value"]["choices"] == ["about Ann Lee"]
    assert b"Ann" not in vendor.received


def test_what_an_annotator_has_marked_stays_offered(engine, vendor):
    config = choices().replace("Choices", "Labels").replace("<Choice ", "<Label ")
    value = {"start": 0, "end": 3, "text": "Owl", "labels": ["matter_222"]}
    region = {"id": "r", "from_name": "topic", "to_name": "text", "type": "labels", "value": value}
    body = predict_body(config, "Owls cry, and owls fly.")
    body["params"]["context"] = {"result": [region]}
    with serving(engine()) as client:
        client.post("/predict", json=body).raise_for_status()
    assert "matter_222" in _enum(schema_of(vendor.requests[-1]))


def test_a_prompt_of_ones_own_is_filled_with_what_is_offered(engine, vendor, tmp_path):
    (tmp_path / "own.txt").write_text("Choose of {labels}: {text}")
    predicted(engine(prompt="own.txt", labels={"offer": 2}), "A lost card and money to refund.")
    assert vendor.requests[-1]["messages"][-1]["content"].startswith("Choose of card_lost, refund: A lost")
