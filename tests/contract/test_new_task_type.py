"""A task type of one's own is one file and one prompt: nothing else knows its tag, and it is served all the same."""

import json
import re
from typing import Any

import pytest

import handlers
from backend.errors import AnswerError
from backend.labelstudio.check import Checker
from backend.labelstudio.config import build_plan
from backend.labelstudio.objects.object_text import read_content
from backend.labelstudio.types import Prediction
from backend.labelstudio.xml.interface import parse_config
from backend.privacy.types import Detection
from tests.child import ROOT
from tests.parts import build_engine, predict_body, provider, serving, write_policy
from tests.standin import StandIn

DOCS = (ROOT / "docs" / "label-configs.md").read_text(encoding="utf-8")
(DUEL,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
(PROMPT,) = re.findall(r"```text\n(.*?)```", DOCS, re.DOTALL)
CONFIG = '<View><Text name="a" value="$one"/><Text name="b" value="$two"/><Duel name="best" toName="a,b"/></View>'
TWO = {"one": "Ann is right.", "two": "Ann is wrong."}
NOTE = """
from typing import Any

from labelguard.handler import Handler, Region


class Note(Handler):
    tags = frozenset({"Note"})
    template = "note"

    def answer_type(self, control, items) -> Any:
        return str

    def regions(self, control, answer, document):
        return [Region("note", {"note": {"body": document.restore(answer)}})]


HANDLER = Note()
"""
SPOTS = """
from handlers.labels import LabelsHandler


class Spots(LabelsHandler):
    tags = frozenset({"Spots"})

    def refusal(self, control, obj):
        return None


HANDLER = Spots()
"""
MARKED = (
    '<View><Text name="text" value="$text"/><Spots name="who" toName="text"><Label value="PER"/></Spots>'
    '<Choices name="sure" toName="text" perRegion="true"><Choice value="Yes"/><Choice value="No"/></Choices>'
    '<Relations><Relation value="knows"/></Relations></View>'
)


def detect(text: str) -> list[Detection]:
    """Find two names."""
    return [Detection(m.start(), m.end(), "PERSON", 1.0, "names") for m in re.finditer("Ann|Zed", text)]


def write(home, name: str, handler: str, prompt: str = "") -> None:
    for folder in ("handlers", "prompts"):
        (home / folder).mkdir(exist_ok=True)
    (home / "handlers" / f"{name}.py").write_text(handler)
    if prompt:
        (home / "prompts" / f"{name}.txt").write_text(prompt)


@pytest.fixture
def predict(tmp_path):
    """Return a function that serves a task with the folder's handlers, and returns the results and what was sent."""

    def run(config: str, data: dict[str, Any], answer: dict[str, Any], **rule: str) -> tuple[list[dict[str, Any]], str]:
        with StandIn(lambda request, schema: answer) as model:
            rules = [{"name": "all", "match": "everything", "providers": ["own"], **rule}]
            policy = write_policy(tmp_path, {"own": provider(model.address)}, rules)
            engine = build_engine(policy, detect, home=tmp_path)
            with serving(engine) as client:
                body = client.post("/predict", json=predict_body(config, data)).json()
            return body["results"][0]["result"], json.dumps(model.requests)

    return run


def test_one_file_and_one_prompt_are_all_that_it_takes(tmp_path, predict):
    write(tmp_path, "duel", DUEL, PROMPT)
    (result,), sent = predict(CONFIG, TWO, {"best": "right"})
    value = {"winner": "right"}
    assert {**result, "id": ""} == {"id": "", "from_name": "best", "to_name": "a", "type": "duel", "value": value}
    assert "which text is better" in sent
    assert "[PERSON_1] is right." in sent
    assert "Ann" not in sent


def test_its_case_is_true(tmp_path, predict):
    write(tmp_path, "duel", DUEL, PROMPT)
    (module,) = (module for module in handlers.modules(tmp_path / "handlers") if module.__name__.endswith("duel"))
    (case,) = module.CASES
    results, _ = predict(case.config, case.data, {"best": case.answer})
    assert [(result["type"], result["value"]) for result in results] == [(r.type, r.value) for r in case.regions]


def test_its_own_check_is_asked(tmp_path):
    write(tmp_path, "duel", DUEL, PROMPT)
    own = handlers.load_handlers(tmp_path / "handlers")
    plan = build_plan(CONFIG.replace("Duel", "duel"), own)  # the editor tells no case
    contents = {obj.name: read_content(obj, TWO) for obj in plan.objects}
    result = {"id": "r", "from_name": "best", "to_name": "a", "type": "duel"}
    checker = Checker(parse_config(CONFIG, own), own)
    checker.check(Prediction(({**result, "value": {"winner": "left"}},), "v"), plan, contents)
    with pytest.raises(AnswerError, match="result for Duel 'best' has no winner"):
        checker.check(Prediction(({**result, "value": {"winner": "both"}},), "v"), plan, contents)


def test_what_a_model_writes_in_it_is_looked_at_though_nothing_says_where_it_stands(tmp_path, predict):
    write(tmp_path, "note", NOTE, '- "{name}": a note about the text.')
    config = '<View><Text name="text" value="$text"/><Note name="n" toName="text"/></View>'
    data = {"text": "Ann smiled."}
    (result,), _ = predict(config, data, {"n": "[PERSON_1] met Zed."})
    assert result["value"] == {"note": {"body": "Ann met Zed."}}
    assert result["meta"] == {"text": ["personal data not in the text: 1 PERSON"]}
    assert predict(config, data, {"n": "[PERSON_1] met Zed."}, answers="drop")[0] == []


def test_regions_of_its_own_are_asked_about_and_related(tmp_path, predict):
    write(tmp_path, "spots", SPOTS)
    spots = [{"label": "PER", "text": "[PERSON_1]", "sure": "Yes"}, {"label": "PER", "text": "Bob", "sure": "No"}]
    relations = [{"from": "[PERSON_1]", "to": "Bob", "label": "knows"}]
    answer = {"who": spots, "relations": relations}
    results, _ = predict(MARKED, {"text": "Ann saw Bob."}, answer)
    ann, bob = (result["id"] for result in results[:2])
    assert [(r["type"], r["value"].get("spots") or r["value"].get("choices")) for r in results if "value" in r] == [
        ("spots", ["PER"]),
        ("spots", ["PER"]),
        ("choices", ["Yes"]),
        ("choices", ["No"]),
    ]
    related = next(r for r in results if "value" not in r)
    assert (related["from_id"], related["to_id"], related["labels"]) == (ann, bob, ["knows"])
