"""`labelguard export-training` and `distill`: what is learned from annotations that are kept, or of an export."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from backend.engine.learning import open_reviews
from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.review.entries import KeptAnnotation, Review, ReviewedProject
from backend.review.tables import PART
from backend.settings import Settings
from backend.store import open_store, writing
from tests.command import run
from tests.parts import SENTIMENT

NAMES = ("Emily Watson", "Jonas Weber", "Claire Dubois")
TEXTS = [f"{name} says that pump number {n} works well." for n, name in enumerate(NAMES * 4)]
RULE = {"name": "all", "match": "everything", "providers": ["it"], "learn": {"annotations": "keep"}}


def write_rule(folder, **more):
    provider = {"kind": "openai", "model": "m", "external": True, "mode": "json_schema", "key": {"env": "KEY"}}
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": {"it": provider}, "rules": [{**RULE, **more}]}))
    return file


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep an annotation of each text, and one that was skipped."""
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path / "cache"))
    reviews = open_reviews(Settings())
    made = []
    for number, text in enumerate(TEXTS, 1):
        value = {"choices": ["Good" if number % 2 else "Bad"]}
        result = [{"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": value}]
        said = KeptAnnotation(result, {"text": text}, "who")
        made.append(Review(12, number, number, "v", "changed", 1.0, 1.0, expires=2**31, kept=said))
    made.append(replace(made[0], annotation=99, task=99, cancelled=True))
    with writing(open_store(f"sqlite:///{tmp_path / 'state.db'}"), PART) as connection:
        reviews.remember(connection, ReviewedProject(12, SENTIMENT))
        reviews.write(connection, made)
    return tmp_path


def test_what_is_kept_is_written_redacted_and_told_in_numbers(kept):
    out = kept / "train.jsonl"
    asked = ("--project", 12, "--out", out, "--policy", write_rule(kept), "--hold-out", 0.25, "--json")
    done = run("export-training", *asked)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["files"] == [str(out), str(kept / "train.validation.jsonl")]
    assert (told["tasks"], told["examples"], told["held_out"]) == (12, 9, 3)
    assert told["left_out"] == {"skipped by its annotator": 1}
    assert told["warnings"] == ["OpenAI takes no file with fewer than 10 examples: annotate more"]
    lines = [json.loads(line) for file in told["files"] for line in Path(file).read_text().splitlines()]
    assert sum("[PERSON_1] says that pump" in line["messages"][1]["content"] for line in lines) == 12
    shown = done.stdout + done.stderr + repr(lines)
    assert not any(word in shown for name in NAMES for word in name.split())


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"match": {"meta": {"kind": {"any_of": ["x"]}}}}, "rule 'all' asks for meta of tasks, which are not kept"),
        ({"withhold": ["note"]}, "no annotation gives an example (12 left out: with a withheld field's value"),
        ({"match": {"project": ["99"]}}, "no policy rule matches project 12"),
    ],
)
def test_what_cannot_be_made_as_a_call_would_be_is_refused(kept, rule, problem):
    out = kept / "train.jsonl"
    done = run("export-training", "--project", 12, "--out", out, "--policy", write_rule(kept, **rule))
    assert done.returncode == 2
    assert problem in done.stderr
    assert not out.exists()


def test_what_is_kept_without_a_withheld_field_is_written_where_its_value_stands_nowhere_else(kept):
    reviews = open_reviews(Settings())
    said = [review for review in reviews.all(12) if review.kept and not review.cancelled]
    looked = [
        replace(one, kept=replace(one.kept, left_out=["note"], is_clean=one.task > 2)) for one in said if one.kept
    ]
    with writing(reviews.store, PART) as connection:
        reviews.write(connection, looked)
    out, policy = kept / "train.jsonl", write_rule(kept, withhold=["note"])
    done = run("export-training", "--project", 12, "--out", out, "--policy", policy, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["tasks"], told["examples"]) == (10, 10)
    assert told["left_out"] == {
        "skipped by its annotator": 1,
        "with a withheld field's value elsewhere in the task, where it could not be found": 2,
    }


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ([], "name a project with --project, or an export"),
        (["--project", 13], "no annotation of project 13 is known here"),
        (["--project", 12, "--title", "x"], "--path and --title mean something with --tasks alone"),
    ],
)
def test_what_is_not_clear_writes_nothing(kept, asked, problem):
    out = kept / "train.jsonl"
    done = run("export-training", *asked, "--out", out, "--policy", write_rule(kept))
    assert done.returncode == 2
    assert problem in done.stderr
    assert not out.exists()


def test_an_export_needs_its_label_config(kept):
    (kept / "export.json").write_text("[]")
    done = run("export-training", "--tasks", kept / "export.json", "--out", kept / "train.jsonl")
    assert "--tasks and --config go together" in done.stderr


def test_what_is_kept_is_distilled_for_a_provider_of_the_policy(kept):
    folder = kept / "model"
    done = run("distill", "--project", 12, "--out", folder, "--policy", write_rule(kept), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["examples"], [one["key"] for one in told["figures"]]) == (12, ["mood"])
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not any(word.encode() in held for name in NAMES for word in name.split())
    provider = {"kind": "distilled", "path": "model", "external": False}
    rules = [{"name": "all", "match": "everything", "providers": ["small"]}]
    (kept / "small.yaml").write_text(yaml.safe_dump({"version": 1, "providers": {"small": provider}, "rules": rules}))
    checked = run("policy", "check", kept / "small.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "this machine" in checked.stdout
    few = [{**rules[0], "labels": {"offer": 40}}]
    (kept / "small.yaml").write_text(yaml.safe_dump({"version": 1, "providers": {"small": provider}, "rules": few}))
    with pytest.raises(PolicyFileError, match="labels: cannot be: provider small is distilled"):
        Policy.load(kept / "small.yaml")


def test_it_is_said_what_is_not_learned(tmp_path):
    config, export = tmp_path / "config.xml", tmp_path / "export.json"
    config.write_text(SENTIMENT.replace('<Choice value="Bad"/>', '<Choice value="Bad"/><Choice value="So-so"/>'))
    moods = ["Good", "Bad"] * 6 + ["So-so"] * 3
    tasks = []
    for number, (mood, text) in enumerate(zip(moods, [*TEXTS, *(f"Pump {n} is red." for n in range(3))], strict=True)):
        result = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [mood]}}
        annotation = {"id": number, "completed_by": 1, "result": [{"id": "a", **result}]}
        tasks.append({"id": number, "data": {"text": text}, "annotations": [annotation]})
    export.write_text(json.dumps(tasks))
    asked = (
        "distill",
        "--tasks",
        export,
        "--config",
        config,
        "--out",
        tmp_path / "m",
        "--policy",
        write_rule(tmp_path),
    )
    done = run(*asked)
    assert done.returncode == 0, done.stderr
    assert 'mood: never answers what fewer than 5 examples show - annotate more: "So-so" (3)\n' in done.stdout
    assert "left out: 3 shows a value that is not learned\n" in done.stdout
