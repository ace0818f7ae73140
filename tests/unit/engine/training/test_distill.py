"""A classifier that is learned from annotations, and asked as a provider of the policy."""

import asyncio
import json

import pytest

from backend.engine.training.distill import distilled
from backend.engine.training.figures import DistilledFigures, DistilledSpanFigures
from backend.errors import LabelguardError, RequestError
from backend.labelstudio.types import Prediction, Task
from backend.model.distilled.model import write_distilled
from backend.policy import Policy
from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests.parts import ENTITIES, SENTIMENT, SUMMARY, build_engine, finds, provider, write_policy
from tests.standin import StandIn
from tests.unit.engine.training.parts import OWN, annotated, composed, mood, rule_of, said

GOOD = ("works well", "is lovely", "came in time", "does what it should", "never broke")
BAD = ("is broken", "came too late", "leaks oil", "stinks", "never worked")
TASKS = [
    annotated(f"{name} says: pump {n} {words}.", mood(label), number=f"{n}{label}{words}")
    for n, name in enumerate(("Ann Lee", "Bob Ray", "Cy Fox", "Di Orr"))
    for label, all_words in (("Good", GOOD), ("Bad", BAD))
    for words in all_words
]
NAMES = ("Ann Lee", "Bob Ray", "Cy Fox", "Di Orr", "Eve Poe")


DRUGS = (
    '<View><Text name="text" value="$text"/><Labels name="ner" toName="text"><Label value="Drug"/>'
    '<Label value="Dose"/><Label value="Side effect"/></Labels></View>'
)


def drug_note(name, drug, amount, number):
    """Return a note in which a drug and a dose are marked."""
    text = f"{name} was given {drug} {amount} mg today. No more {drug}, says {name}."
    marks = [("Drug", drug, text.index(drug)), ("Dose", f"{amount} mg", text.index(f"{amount} mg"))]
    results = [
        said(
            "ner", "labels", {"start": start, "end": start + len(words), "text": words, "labels": [label]}, f"r{start}"
        )
        for label, words, start in marks
    ]
    return annotated(text, results, number=number)


DRUG_NOTES = [
    drug_note(name, drug, amount, f"{name}{drug}")
    for name in ("Ann Lee", "Bob Ray", "Cy Fox", "Di Orr")
    for drug, amount in (("Zemorin", 5), ("kalopan", 20), ("Durafex", 7), ("ostelin", 100))
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return distilled(composed(rule_of(tmp_path_factory.mktemp("found")), SENTIMENT, TASKS, *NAMES)[0])


@pytest.fixture
def learned(tmp_path, found):
    """Write a model beside the policy."""
    write_distilled(tmp_path / "model", found.model, {})
    return found


def own_provider(**more):
    return {"kind": "distilled", "path": "model", "external": False, **more}


def predict(policy, config, text):
    engine = build_engine(policy, finds(*NAMES))

    async def run():
        try:
            return await engine.predict(engine.job(config, "12"), [Task({"text": text}, id="5")])
        finally:
            await engine.aclose()

    (outcome,) = asyncio.run(run())
    return outcome


def test_it_is_right_about_what_it_has_not_seen_and_says_how_often(learned):
    (figures,) = learned.figures
    assert isinstance(figures, DistilledFigures)
    assert figures.examples == len(TASKS)
    assert figures.usual == 0.5
    assert figures.accuracy > 0.9
    assert figures.calibration_error < 0.2
    assert learned.left_out == 0


def test_it_labels_without_a_model_and_each_attempt_is_recorded(tmp_path, learned):
    policy = write_policy(tmp_path, {"small": own_provider()})
    outcome = predict(policy, SENTIMENT, "Eve Poe says: pump 9 leaks oil.")
    assert isinstance(outcome, Prediction)
    (result,) = outcome.result
    assert result["value"] == {"choices": ["Bad"]}
    assert 0.5 < result["score"] < 1
    assert outcome.score == result["score"]
    (sent,) = sendings(open_store(f"sqlite:///{tmp_path / 'state.db'}"), Wanted())
    assert (sent.ended, sent.attempt["provider"], sent.attempt["external"]) == ("answered", "small", False)
    assert sent.attempt["model"] == next(iter(policy.providers)).model
    assert sent.outcome is not None
    assert (sent.outcome["tokens_in"], sent.outcome["cost_usd"]) == (0, 0)


def test_p10_another_model_is_another_version(tmp_path, learned):
    file = tmp_path / "policy.yaml"
    first = write_policy(tmp_path, {"small": own_provider()})
    write_distilled(tmp_path / "model", learned.model, {"more": 1})
    second = Policy.load(file)
    versions = {build_engine(policy, finds()).job(SENTIMENT, "12").model_version for policy in (first, second)}
    assert len(versions) == 2
    outcome = predict(first, SENTIMENT, "Pump 9 leaks oil.")
    assert isinstance(outcome, LabelguardError)
    assert "another model than the policy was read with" in outcome.reason


def test_p08_where_it_cannot_answer_the_next_provider_does(tmp_path, learned):
    with StandIn() as model:
        policy = write_policy(tmp_path, {"small": own_provider(), "own": provider(model.address, external=False)})
        for config in (ENTITIES, SENTIMENT.replace('"Bad"', '"Awful"')):
            outcome = predict(policy, config, "It leaks oil and stinks.")
            assert isinstance(outcome, Prediction), config
        assert len(model.requests) == 2
    alone = write_policy(tmp_path, {"small": own_provider()})
    outcome = predict(alone, ENTITIES, "It leaks oil.")
    assert isinstance(outcome, LabelguardError)
    assert outcome.code == "invalid_answer"


def test_what_is_neither_choice_nor_span_and_too_few_examples_are_told(tmp_path):
    examples, _ = composed(
        rule_of(tmp_path), SUMMARY, [annotated("Bob ran.", [said("summary", "textarea", {"text": ["Fast"]})])]
    )
    with pytest.raises(RequestError, match="'summary' is neither one of a few values"):
        distilled(examples)
    examples, _ = composed(rule_of(tmp_path), DRUGS, [drug_note("Bob", "Zemorin", 5, 1)])
    with pytest.raises(RequestError, match="too few examples to learn 'ner' from: it takes 5 texts"):
        distilled(examples)
    examples, _ = composed(rule_of(tmp_path), SENTIMENT, TASKS[:8])
    with pytest.raises(RequestError, match="too few examples to learn 'mood' from"):
        distilled(examples)
    with pytest.raises(RequestError, match="no annotation gives an example"):
        distilled([])


def test_what_few_examples_show_is_left_out_and_said(tmp_path):
    config = SENTIMENT.replace('<Choice value="Bad"/>', '<Choice value="Bad"/><Choice value="So-so"/>')
    tasks = [*TASKS, *(annotated(f"Ann Lee shrugs, {n} times.", mood("So-so"), number=f"shrug {n}") for n in range(4))]
    found = distilled(composed(rule_of(tmp_path), config, tasks, *NAMES)[0])
    assert (found.rare, found.rare_examples) == ({"mood": {'"So-so"': 4}}, 4)
    assert found.figures[0].examples == len(TASKS)
    assert found.model.controls[0].values == ('"Good"', '"Bad"')
    none = [annotated(f"Ann Lee shrugs, {n} times.", mood("So-so"), number=n) for n in range(4)]
    with pytest.raises(RequestError, match="none shows what 5 do"):
        distilled(composed(rule_of(tmp_path), config, none, *NAMES)[0])


def test_a_label_that_few_texts_show_is_not_marked_and_their_other_labels_are_learned(tmp_path):
    ill = "Ann Lee felt sick after Zemorin 5 mg. No more Zemorin, says Ann Lee."
    marks = [("Side effect", "sick"), ("Drug", "Zemorin"), ("Dose", "5 mg")]
    results = [
        said("ner", "labels", {"start": ill.index(words), "end": ill.index(words) + len(words), "text": words,
                               "labels": [label]}, f"r{label}")
        for label, words in marks
    ]  # fmt: skip
    examples, _ = composed(rule_of(tmp_path, OWN), DRUGS, [*DRUG_NOTES, annotated(ill, results, number="ill")])
    found = distilled(examples)
    assert (found.rare, found.rare_examples) == ({"ner": {'"Side effect"': 1}}, 0)
    assert found.figures[0].examples == len(examples)
    assert found.model.controls[0].values == ('"Drug"', '"Dose"')


def test_what_is_marked_is_learned_with_what_is_chosen_and_marked_without_a_model(tmp_path):
    config = DRUGS.replace("</View>", SENTIMENT.split("/>", 1)[1])
    tasks = [
        annotated(note.task.data["text"], [*results, *mood("Good" if n % 2 else "Bad")], number=n)
        for n, note in enumerate(DRUG_NOTES)
        for results in note.annotations
    ]
    examples, report = composed(rule_of(tmp_path, OWN), config, tasks)
    assert not report.left_out
    found = distilled(examples)
    spans, choice = found.figures
    assert (spans.key, choice.key) == ("ner", "mood")
    assert isinstance(spans, DistilledSpanFigures)
    assert min(spans.precision, spans.recall, spans.f1) > 0.9
    write_distilled(tmp_path / "model", found.model, {})
    text = "Eve Poe was given Melidor 15 mg today. No more Melidor, says Eve Poe."
    outcome = predict(write_policy(tmp_path, {"small": own_provider()}), config, text)
    assert isinstance(outcome, Prediction)
    marked = [
        (part["value"]["labels"], part["value"]["text"], part["value"]["start"])
        for part in outcome.result
        if part["type"] == "labels"
    ]
    assert marked == [
        (["Drug"], "Melidor", text.index("Melidor")),
        (["Dose"], "15 mg", text.index("15 mg")),
        (["Drug"], "Melidor", text.rindex("Melidor")),
    ]
    assert all(0.3 < part["score"] < 1 for part in outcome.result)


def test_a_rating_and_a_choice_are_learned_together(tmp_path):
    config = SENTIMENT.replace("</View>", '<Rating name="stars" toName="text" maxRating="3"/></View>')
    tasks = [
        annotated(task.task.data["text"], [*results, said("stars", "rating", {"rating": n % 3 + 1})])
        for n, task in enumerate(TASKS)
        for results in task.annotations
    ]
    examples, _ = composed(rule_of(tmp_path, OWN), config, tasks)
    found = distilled(examples)
    assert [control.values for control in found.model.controls] == [('"Good"', '"Bad"'), ("1", "2", "3")]
    answer = json.loads(found.model.completion([{"content": "x"}])["choices"][0]["message"]["content"])
    assert set(answer) == {"mood", "stars"}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"external": True}, "is false for a model of kind distilled"),
        ({"path": None}, "path: is missing"),
        ({"path": "nowhere"}, "nowhere"),
        ({"address": "http://127.0.0.1:1/v1"}, "has neither address nor mode"),
        ({"kind": "embedded", "model": "m"}, "path: means nothing for other kinds"),
        ({"kind": "openai", "path": None, "address": "http://127.0.0.1:1/v1"}, "model: is missing"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(tmp_path, learned, said, problem):
    one = {key: value for key, value in {**own_provider(), **said}.items() if value is not None}
    with pytest.raises(LabelguardError, match=problem):
        write_policy(tmp_path, {"small": one})


def test_it_is_no_guard(tmp_path, learned):
    rule = {"name": "all", "match": "everything", "providers": ["small"], "detection": {"model": "small"}}
    with pytest.raises(LabelguardError, match="which finds nothing"):
        write_policy(tmp_path, {"small": own_provider()}, [rule])
