"""Rules decide by task: on its fields, its texts, and what is found in them; what is local never leaves (P6)."""

import asyncio
import re

import pytest

from backend.engine.engine import Preview
from backend.errors import BlockedError, NoRuleError, RefusedError
from backend.labelstudio.types import Prediction, Task
from backend.privacy.language import identify_language
from backend.privacy.types import Detection
from tests.parts import SENTIMENT, build_engine, provider, write_policy

WORDS = re.compile(r"\b(Ann|Bob)\b|\b(\d{16})\b|\b(MD\d+)\b")
KINDS = ("", "PERSON", "CREDIT_CARD", "MEDICAL_LICENSE")


def detect(text: str) -> list[Detection]:
    """Find names, cards and licences by their form: quick, since these tests are about rules."""
    return [Detection(*m.span(), KINDS[m.lastindex or 0], 0.9) for m in WORDS.finditer(text)]


@pytest.fixture
def build(tmp_path, vendor, own):
    def make(*rules):
        providers = {"vendor": provider(vendor.address), "own": provider(own.address, external=False)}
        named = [
            {"name": f"r{n}", "match": "everything", "providers": ["vendor", "own"], **rule}
            for n, rule in enumerate(rules)
        ]
        named = [{k: v for k, v in rule.items() if k != "providers" or "refuse" not in rule} for rule in named]
        return build_engine(write_policy(tmp_path, providers, named), detect)

    return make


def preview(engine, text="Nice.", meta=None, **fields) -> Preview:
    task = Task({"text": text, **fields}, meta or {}, "7")
    preview: Preview = asyncio.run(engine.preview(engine.job(SENTIMENT, "1"), task))
    return preview


def providers(found: Preview) -> list[str]:
    return [provider.name for provider in found.ready.decision.providers] if found.ready else []


CONDITIONS = [
    ({"fields": {"unit": "psychiatry"}}, {"unit": "psychiatry"}, {"unit": "surgery"}),
    ({"fields": {"unit": ["a", 7]}}, {"unit": 7}, {}),
    ({"fields": {"unit": {"glob": "psy*"}}}, {"unit": "psychiatry"}, {"unit": "Psychiatry"}),
    ({"fields": {"code": {"pattern": "F[0-9]{2}"}}}, {"code": "F20"}, {"code": "F200"}),
    ({"fields": {"note.by": {"missing": True}}}, {"note": {}}, {"note": {"by": "x"}}),
    ({"fields": {"tags": "urgent"}}, {"tags": ["old", "urgent"]}, {"tags": ["old"]}),
    ({"meta": {"source": "clinic"}}, {"meta": {"source": "clinic"}}, {"source": "clinic"}),
    ({"characters": {"min": 5, "max": 8}}, {"text": "12345678"}, {"text": "123456789"}),
    ({"entities": {"PERSON": ">1"}}, {"text": "Ann met Bob"}, {"text": "Ann left"}),
    ({"entities": {"MEDICAL_LICENSE": "any"}}, {"text": "MD12 wrote"}, {"text": "Ann wrote"}),
    ({"entities": {"*": "none"}}, {"text": "Nice."}, {"text": "Ann"}),
    ({"language": {"any": ["fr"]}}, {"text": "Le médecin a vu son patient ce matin à la clinique."}, {"text": "Ok"}),
    ({"language": ["unknown"]}, {"text": "Ok"}, {"text": "Le médecin a vu son patient ce matin à la clinique."}),
]


@pytest.mark.parametrize(("match", "fits", "other"), CONDITIONS, ids=[str(case[0])[:50] for case in CONDITIONS])
def test_a_condition_on_a_task(build, match, fits, other):
    engine = build({"match": match, "providers": ["own"]}, {})
    assert (preview(engine, **fits).rule, preview(engine, **other).rule) == ("r0", "r1")


def test_a_rule_is_passed_by_the_condition_that_does_not_hold(build):
    engine = build({"match": {"fields": {"unit": "a"}, "entities": {"PERSON": "any"}}}, {"refuse": "by hand"})
    assert preview(engine, "Nice.", unit="a").passed == (("r0", "entities.PERSON"),)
    assert preview(engine, "Ann").passed == (("r0", "fields.unit"),)


def test_p01_a_task_that_no_rule_matches_is_sent_nowhere(build, vendor, own):
    engine = build({"match": {"fields": {"unit": "a"}}})
    found = preview(engine, unit="b")
    assert isinstance(found.refusal, NoRuleError)
    assert found.refusal.reason == "no policy rule matches this task of project 1 - add one to policy.yaml"
    assert predict(engine, "Nice.") == ["no_rule"]
    assert not vendor.received
    assert not own.received


def test_a_rule_that_refuses_says_why(build, vendor):
    engine = build({"match": {"fields": {"unit": "a"}}, "refuse": "labeled by hand"}, {})
    refusal = preview(engine, unit="a").refusal
    assert isinstance(refusal, RefusedError)
    assert refusal.reason == "rule 'r0' refuses: labeled by hand"
    assert preview(engine, unit="b").rule == "r1"


def test_a_project_that_is_refused_as_a_whole_cannot_be_connected(build):
    engine = build({"refuse": "labeled by hand"})
    with pytest.raises(RefusedError, match="labeled by hand"):
        engine.job(SENTIMENT, "1")


def test_p06_what_is_local_is_asked_of_self_hosted_providers_alone(build, vendor, own):
    engine = build({"operators": {"MEDICAL_LICENSE": "local"}})
    assert providers(preview(engine, "Ann wrote.")) == ["vendor", "own"]
    assert providers(preview(engine, "MD12 wrote.")) == ["own"]
    own.status = 500
    assert predict(engine, "MD12 wrote.") == ["provider_down"]
    assert not vendor.received


def test_what_is_local_and_kept_reaches_the_own_model_as_it_stands(build, own, vendor):
    engine = build({"operators": {"MEDICAL_LICENSE": {"operator": "keep", "local": True}}})
    assert predict(engine, "MD12 wrote.", "Ann wrote.") == ["", ""]
    assert b"MD12" in own.received
    assert b"MD12" not in vendor.received
    assert b"wrote" in vendor.received


def test_what_is_blocked_is_sent_nowhere(build, vendor, own):
    engine = build({"operators": {"CREDIT_CARD": "block"}})
    text = "Pay 4111111111111111 now"
    refusal = preview(engine, text).refusal
    assert isinstance(refusal, BlockedError)
    assert refusal.reason.startswith("rule 'r0' lets no CREDIT_CARD pass - ")
    assert predict(engine, text, "Nice.") == ["blocked", ""]
    assert b"4111111111111111" not in vendor.received + own.received


def test_all_types_but_those_that_are_named_may_be_blocked(build):
    engine = build({"operators": {"*": "block", "PERSON": "placeholder"}})
    assert providers(preview(engine, "Ann left.")) == ["vendor", "own"]
    assert isinstance(preview(engine, "MD12 left.").refusal, BlockedError)


def test_detections_below_the_threshold_block_nothing(build):
    engine = build({"operators": {"CREDIT_CARD": "block"}, "threshold": 0.95})
    assert providers(preview(engine, "Pay 4111111111111111")) == ["vendor", "own"]


def test_a_preview_is_what_is_sent_and_sends_nothing(build, vendor):
    engine = build({})
    found = preview(engine, "Ann smiled.")
    assert not vendor.received
    assert found.ready
    (_, prompt, _) = found.ready.calls[0]
    assert predict(engine, "Ann smiled.") == [""]
    assert [message.content for message in prompt.messages] == [m["content"] for m in vendor.requests[0]["messages"]]


def test_p10_a_condition_on_tasks_changes_the_version(build):
    versions = {
        build(*rules).job(SENTIMENT, "1").model_version
        for rules in [
            ({},),
            ({"match": {"fields": {"unit": "a"}}, "providers": ["own"]}, {}),
            ({"match": {"fields": {"unit": "b"}}, "providers": ["own"]}, {}),
            ({"match": {"fields": {"unit": "b"}}, "refuse": "no"}, {}),
            ({"operators": {"PERSON": "local"}},),
        ]
    }
    assert len(versions) == 5


def test_a_rule_for_other_projects_changes_no_version(build):
    both = build({"match": {"project": "9"}, "providers": ["own"]}, {}), build({})
    assert len({engine.job(SENTIMENT, "1").model_version for engine in both}) == 1


def test_a_task_that_takes_too_long_ends(build, vendor, own):
    vendor.fault = own.fault = "hang"
    engine = build({"limits": {"task_timeout_s": 0.3}})
    assert predict(engine, "Nice.") == ["task_timeout"]


def test_the_language_is_that_of_the_text():
    assert identify_language("Le médecin a vu son patient ce matin à la clinique.", ("en", "fr")) == "fr"


def predict(engine, *texts: str) -> list[str]:
    """Return why each task has no prediction; "" if it has one."""

    async def run():
        try:
            return await engine.predict(engine.job(SENTIMENT, "1"), [Task({"text": text}) for text in texts])
        finally:
            await engine.gateway.aclose()

    return ["" if isinstance(outcome, Prediction) else outcome.code for outcome in asyncio.run(run())]
