"""`labelguard evaluate`: what is printed, what is written, and what is refused."""

import json
import re
import stat
from importlib.util import find_spec

import pytest

from backend.evaluate.labels import libraries
from tests import command
from tests.child import ROOT
from tests.exports import annotation, choice, prediction, rating, span, task, written

REVIEWED = ROOT / "examples" / "reviewed.json"
CANARY = "canary-5518"


@pytest.fixture
def export(tmp_path):
    def write(*tasks, name="export.json"):
        (tmp_path / name).write_text(json.dumps(tasks), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def mixed(export):
    """Two tasks of which the second has a wrong prediction of v1; texts, labels of tasks and names in them."""
    text = f"Maria Lopez says {CANARY}."
    said = choice("Good"), span(0, 11, "Person", "Maria Lopez"), rating(4), written(f"She says {CANARY}.")
    return export(
        task([annotation(*said)], [prediction(*said, score=0.9), prediction(choice("Good"), version="v2")], text),
        task([annotation(choice("Bad"))], [prediction(choice("Good"), score=0.6)], "All is well."),
    )


def evaluate(*words, code=0):
    done = command.run("evaluate", *words)
    assert done.returncode == code, done.stderr
    return done


def found(*words):
    return json.loads(evaluate(*words, "--json").stdout)


def test_a_real_export():
    evaluation = found(REVIEWED)
    assert (evaluation["tasks"], evaluation["annotators"]) == (36, 2)
    rows = {(row["control"], row["version"], row["sample"]["is"]): row for row in evaluation["figures"]}
    old, new = (rows["topic", version, "24 of 36 blind"] for version in evaluation["versions"])
    assert old["figures"]["accuracy"]["value"] < new["figures"]["accuracy"]["value"]
    assert new["sample"] == {"is": "24 of 36 blind", "count": 36, "blind": 24, "tasks": 36}
    assert rows["topic", evaluation["versions"][0], "blind"]["sample"]["tasks"] == 24
    assert {"ece", "brier", "auroc"} == new["calibration"].keys()
    assert new["alternative_annotator_test"]["annotators"] == 2
    assert sum(one["count"] for one in new["reliability"]) == 36
    assert evaluation["human_agreement"]["topic"]["alpha"] > 0.8
    for row in rows.values():
        for figure in row["figures"].values():
            assert figure["low"] is None or figure["low"] <= figure["value"] <= figure["high"]


def test_versions_are_held_against_the_first():
    evaluation = found(REVIEWED, "--control", "topic")
    (gap,) = evaluation["gaps"]
    first, second = evaluation["versions"]
    assert (gap["version"], gap["first"], gap["figure"], gap["tasks"]) == (second, first, "f1", 36)
    assert gap["value"] == pytest.approx(35 / 36 - 26 / 36)
    assert gap["low"] > 0
    assert f"{second} against {first}: F1 +0.250 (+0." in evaluate(REVIEWED).stdout


def test_what_a_terminal_shows():
    shown = evaluate(REVIEWED).stdout
    for words in (
        "36 annotated tasks, 2 annotators",
        "24 of 36 blind",
        "topic (choices)",
        "who (spans)",
        "kappa",
        "AUROC",
        "partial F1",
        "people among each other: Krippendorff's alpha",
        "stand in for an annotator",
        "Billing",
    ):
        assert words in shown


def test_the_same_figures_each_time():
    assert found(REVIEWED, "--control", "topic") == found(REVIEWED, "--control", "topic")
    assert found(REVIEWED, "--seed", 1) != found(REVIEWED, "--seed", 2)


def test_no_text_is_printed(mixed):
    for words in ((), ("--json",)):
        done = evaluate(mixed, *words)
        assert CANARY not in done.stdout + done.stderr
        assert "Maria" not in done.stdout + done.stderr


@pytest.mark.parametrize("said", [choice(CANARY), span(0, 1, CANARY, "x")], ids=["choices", "labels"])
def test_labels_that_tasks_bring_are_texts_too(export, tmp_path, said):
    made = task([annotation(said)], [prediction(said)]) | {"data": {"text": "x", "options": [CANARY, "b"]}}
    page = tmp_path / "page.html"
    shown = evaluate(export(made), "--json", "--html", page).stdout
    assert CANARY not in shown + evaluate(export(made)).stdout
    assert json.loads(shown)["figures"][0]["figures"]["f1"]["value"] == 1
    assert CANARY not in page.read_text(encoding="utf-8")  # it looks like an identifier, and is redacted


def test_a_part(mixed):
    rows = found(mixed, "--control", "mood", "--version", "v1", "--label", "Good")["figures"]
    assert [(row["control"], row["version"], list(row["labels"])) for row in rows] == [("mood", "v1", ["Good"])]
    assert rows[0]["figures"]["f1"]["value"] == pytest.approx(2 / 3)


def test_least_f1(mixed):
    assert evaluate(mixed, "--version", "v1", "--min-f1", 0.5).stderr == ""
    failed = evaluate(mixed, "--version", "v1", "--min-f1", 0.8, code=1)
    assert failed.stderr == "mood, v1 (blind): F1 0.500, below 0.8\n"
    nothing = evaluate(mixed, "--control", "stars", "--min-f1", 0.8, code=2)
    assert "--min-f1: no control has an F1" in nothing.stderr


def test_tasks_without_a_prediction_of_a_version_are_told(mixed):
    assert "v2: 1 annotated tasks have no prediction" in evaluate(mixed).stdout
    row = next(row for row in found(mixed)["figures"] if row["version"] == "v2")
    assert row["tasks_without_prediction"] == 1


def test_a_page_is_redacted_and_for_its_owner_alone(mixed, tmp_path):
    page = tmp_path / "page.html"
    evaluate(mixed, "--html", page)
    shown = page.read_text(encoding="utf-8")
    assert "Maria" not in shown
    assert "All is well." in shown
    assert "Texts are redacted" in shown
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    evaluate(mixed, "--html", page, "--show-texts")
    assert "Maria Lopez" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name exports of Label Studio, or a project with --project"),
        ((REVIEWED, "--project", 3), "name exports of Label Studio, or a project with --project"),
        ((REVIEWED, "--control", "none"), "--control none: there is none - there are topic, urgency, who"),
        ((REVIEWED, "--version", "none"), "--version none: there is none - there are labelguard-"),
        ((REVIEWED, "--label", "none"), "--label none: no control has such a label"),
        ((ROOT / "examples" / "tasks.json",), "no task is annotated"),
        ((ROOT / "examples" / "config.xml",), "is no JSON in UTF-8"),
    ],
    ids=range(7),
)
def test_what_is_refused(words, said):
    assert said in evaluate(*words, code=2).stderr


def test_without_a_project_s_server(monkeypatch):
    monkeypatch.delenv("LABELGUARD_LABEL_STUDIO_TOKEN", raising=False)
    assert "LABELGUARD_LABEL_STUDIO_URL: is not set" in evaluate("--project", 3, code=2).stderr


def test_what_to_install(monkeypatch):
    monkeypatch.setattr(libraries, "find_spec", lambda name: find_spec(name) if name != "nervaluate" else None)
    said = evaluate(REVIEWED, code=2).stderr
    assert said == "labelguard: nervaluate is not installed - pip install 'labelguard[evaluate]'\n"


def test_the_extra_has_all_that_is_needed():
    written_down = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (extra,) = re.findall(r"^evaluate = \[(.*)\]", written_down, re.MULTILINE)
    assert sorted(re.findall(r'"(\w+)', extra)) == sorted(libraries.MODULES)
