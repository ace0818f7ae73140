"""The embedded model, for real: every prediction fits its config, and the texts are redacted and restored."""

import io
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from label_studio_sdk.label_interface import LabelInterface
from rich.console import Console
from rich.text import Text

from backend.cli.demo_run import PROJECTS
from tests.child import ROOT
from tests.parts import ALL, ENTITIES, SENTIMENT, SUMMARY, build_engine, predict_body, provider, serving, write_policy
from tests.patience import HANGS_S, until_done
from tests.standin import StandIn

pytestmark = pytest.mark.model

PICTURE = ROOT / "docs" / "images" / "demo.svg"
FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # they would be fetched from elsewhere
WIDTH = 112
MOVES = re.compile(r"\x1b\[[\d;?]*[A-Zhl]")  # of the cursor
WAITING = "tasks are with the model"
HAPPY = "Emily Watson was wonderful, I love this clinic. Call me on +1 212 555 0147. Thank you!"
ANGRY = "Terrible service in Boston: Susan Miller was rude, I waited for hours and I am very angry."
RUSSIAN = "Мария Кузнецова и Олег Кузнецов живут в Самаре."


def policy(folder):
    embedded: dict[str, Any] = {
        "kind": "embedded",
        "model": "qwen2.5-coder-1.5b-instruct",
        "external": False,
    }
    embedded["timeout_s"] = 240  # a busy machine is slower, and this is no test of speed
    rule = {"name": "all", "match": "everything", "providers": ["embedded"], "operators": {"*": "surrogate"}}
    return write_policy(folder, {"embedded": embedded}, [rule])


@pytest.fixture
def predict(embedded_models, tmp_path):
    with serving(build_engine(policy(tmp_path), embedded=embedded_models.reach)) as client:

        def predict(config, *texts):
            results = until_done(lambda: client.post("/predict", json=predict_body(config, *texts)))
            interface = LabelInterface(config)
            for result, text in zip(results, texts, strict=True):
                assert interface.validate_prediction(result, return_errors=True) == []
                assert 0 <= result.get("score", 0) <= 1
                for region in result["result"]:
                    value = region["value"]
                    assert region["type"] != "labels" or text[value["start"] : value["end"]] == value["text"]
                assert not re.search(r"\[[A-Z_]+_\d+\]", json.dumps(result["result"]))
            return results

        yield predict


def test_choices(predict):
    results = predict(SENTIMENT, HAPPY, ANGRY)
    assert [result["result"][0]["value"]["choices"] for result in results] == [["Good"], ["Bad"]]
    assert all(result["score"] > 0.5 for result in results)


def test_labels_in_two_languages(predict):
    for result, name in zip(predict(ENTITIES, ANGRY, RUSSIAN), ("Susan Miller", "Олег Кузнецов"), strict=True):
        assert (name, ["PER"]) in [(r["value"]["text"], r["value"]["labels"]) for r in result["result"]]


def test_text_generation(predict):
    (result,) = predict(SUMMARY, ANGRY)
    (summary,) = result["result"][0]["value"]["text"]
    assert 10 < len(summary) < 400


@pytest.mark.timeout(900)
def test_a_german_text_is_redacted_by_the_model_as_guard(embedded_models, tmp_path):
    """No recognizer looks: what is hidden the model has listed."""
    text = "Hier spricht Wolfram Zeisig: Annegret kommt morgen nicht zur Schule."
    with StandIn() as outside:
        own = {"kind": "embedded", "model": "qwen2.5-coder-1.5b-instruct", "external": False, "timeout_s": 600}
        providers = {"own": own, "outside": provider(outside.address)}
        rule = {"name": "all", "match": "everything", "providers": ["outside"], "detection": {"model": "own"}}
        guarded = write_policy(tmp_path, providers, [rule])
        with serving(
            build_engine(guarded, lambda _: [], embedded=embedded_models.reach), predict_timeout=HANGS_S
        ) as client:
            (result,) = client.post("/predict", json=predict_body(SENTIMENT, text), timeout=HANGS_S).json()["results"]
    assert result["result"]
    (request,) = outside.requests
    sent = json.dumps(request, ensure_ascii=False)
    assert "zur Schule" in sent
    assert not [name for name in ("Wolfram", "Annegret", "Zeisig") if name in sent]


def test_all_controls_by_one_answer(predict):
    (result,) = predict(ALL, HAPPY)
    assert {region["from_name"] for region in result["result"]} >= {"mood", "summary"}


@pytest.fixture(scope="module")
def demo(embedded_models):
    """The lines that the README's command shows in a terminal. It asks the model six times, which takes a minute."""
    environment = os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(WIDTH)}
    command = [sys.executable, "-m", "backend.cli", "demo"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in Text.from_ansi(MOVES.sub("", done.stdout)).split("\n") if WAITING not in line.plain]


def test_the_demo_can_be_drawn(demo):
    """UPDATE_SCREENSHOT=1 writes the README's picture of it anew: of all but its first project."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    start = next(number for number, line in enumerate(demo) if PROJECTS[1].title in line.plain)
    console.print(Text("\n").join(demo[start:]))
    drawn = FONTS.sub("", console.export_svg(title="make demo"))
    assert "Олег" in drawn
    assert "url(http" not in drawn.replace('"', "")
    if os.environ.get("UPDATE_SCREENSHOT"):
        PICTURE.write_text(drawn, encoding="utf-8")


def test_the_demo_shows_what_the_model_saw(demo):
    shown = " ".join(" ".join(line.plain for line in demo).replace("│", " ").split())
    assert "no prediction" not in shown
    assert shown.count("the model saw") == 6
    for words in ("Emily Watson", "saved my day!", "Мария Кузнецова", "Place", "hidden from the model"):
        assert words in shown
    saw = re.findall(r"the model saw(.*?)prediction", shown)  # and what it answered to that
    assert len(saw) == 6
    for name in ("Emily", "Watson", "Мария", "Кузнецов", "Karolinska", "Novak", "536-22-8145"):
        assert not [text for text in saw if name in text]


def test_what_hangs_on_conditions_and_regions(predict):
    config = (
        '<View><Text name="text" value="$text"/>'
        '<Labels name="ner" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>'
        '<Choices name="role" toName="text" perRegion="true" whenLabelValue="PER"><Choice value="staff"/>'
        '<Choice value="customer"/></Choices>'
        '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
        '<View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad">'
        '<Taxonomy name="why" toName="text" maxUsages="1" required="true"><Choice value="Staff"><Choice value="Rude"/>'
        '<Choice value="Slow"/></Choice><Choice value="Price"/></Taxonomy></View>'
        '<Rating name="stars" toName="text" maxRating="5"/></View>'
    )
    (angry,) = predict(config, ANGRY)
    assert "why" in {region["from_name"] for region in angry["result"]}
    ids = {region["id"]: region["value"]["labels"] for region in angry["result"] if region["from_name"] == "ner"}
    assert all(ids[region["id"]] == ["PER"] for region in angry["result"] if region["from_name"] == "role")
