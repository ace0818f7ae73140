"""`labelguard privacy bench`."""

import json
from functools import partial

import pytest

from backend.cli import privacy
from backend.errors import DetectionError
from backend.evaluate import Mark
from backend.privacy.redact import Redactor
from tests import command

run = partial(command.run, "privacy", "bench")


def span(text, value, kind):
    start = text.index(value)
    return {"entity_type": kind, "start_position": start, "end_position": start + len(value)}


@pytest.fixture
def data(tmp_path):
    """Write two texts: one whose values all are found, and one with a value that nothing finds."""
    easy = "Ask John Smith or write to john@example.org in Paris."
    hard = "The canary is qqq zzz today."
    items = [
        {"full_text": easy, "spans": [span(easy, "John Smith", "PERSON"), span(easy, "john@example.org", "EMAIL")]},
        {"full_text": hard, "spans": [span(hard, "qqq zzz", "SECRET")]},
    ]
    (tmp_path / "data.json").write_text(json.dumps(items))
    return tmp_path / "data.json"


def test_the_table_has_a_column_for_each_system_and_no_text(data):
    done = run(data, "--stock", "--profile", "fast")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split("  ")[-1].strip() == "fast"
    assert "stock Presidio" in lines[0]
    assert any(line.startswith("… leaking anything") and line.count("50.0 %") == 2 for line in lines)
    assert any(line.startswith("SECRET (1)") and line.count("100.0 %") == 2 for line in lines)
    for value in ("canary", "Smith", "qqq", "example.org"):
        assert value not in done.stdout + done.stderr


def test_figures_as_json_of_chosen_labels(data):
    done = run(data, "--json", "--profile", "fast", "--types", "PERSON, EMAIL")
    (figures,) = json.loads(done.stdout).values()
    assert (figures["documents"], figures["documents_leaking"], figures["full_recall"]) == (1, 0, 1)
    assert figures["documents_refused"] == 0
    assert set(figures["by_label"]) == {"PERSON", "EMAIL"}
    assert 0 < figures["over_redaction"] < 1  # Paris is redacted, and nobody marked it


def test_a_label_studio_export_with_its_field(tmp_path):
    value = {"start": 4, "end": 14, "text": "John Smith", "labels": ["Name"]}
    result = [{"type": "labels", "from_name": "label", "to_name": "t", "value": value}]
    task = {"data": {"text": "Ask John Smith.", "copy": "Ask John Smith."}, "annotations": [{"result": result}]}
    (tmp_path / "export.json").write_text(json.dumps([task, {"data": {"text": "New."}, "annotations": []}]))
    unclear = run(tmp_path / "export.json")
    assert unclear.returncode == 2
    assert "document 1" in unclear.stderr
    assert "--field" in unclear.stderr
    done = run(tmp_path / "export.json", "--field", "text", "--profile", "fast")
    assert "1 tasks without an annotation are left out." in done.stdout
    assert any(line.startswith("Name (1)") and "0.0 %" in line for line in done.stdout.splitlines())


def test_a_label_that_no_span_has_is_an_error(data):
    done = run(data, "--types", "PERSON,NAME")
    assert done.returncode == 2
    assert done.stderr == ("labelguard: --types NAME: no span has such a label - the data has EMAIL, PERSON, SECRET\n")


def test_what_is_refused_counts_as_redacted_and_is_counted(monkeypatch):
    def refuse(text):
        raise DetectionError("unknown language")

    monkeypatch.setattr(privacy, "profile_redactor", lambda profile: Redactor(refuse))
    assert privacy.system("fast")("Ask Ann.") == [Mark(0, 8, privacy.REFUSED)]


@pytest.mark.parametrize(
    ("options", "code", "reached"),
    [
        (["--min-recall", ".66"], 0, "66.67 % (2 of 3)"),
        (["--min-recall", ".6667"], 1, "66.67 % (2 of 3)"),
        (["--min-recall", "1", "--types", "EMAIL,PERSON"], 0, "100.00 % (2 of 2)"),
        (["--min-recall", "1", "--types", "SECRET"], 1, "0.00 % (0 of 1)"),
        (["--max-needless", "0"], 1, "at most 0.00 %"),
        (["--min-recall", "0", "--max-needless", "1"], 0, "2 of 3"),
    ],
)
def test_a_bound_that_does_not_hold_ends_with_1(data, options, code, reached):
    done = run(data, "--profile", "fast", *options)
    assert done.returncode == code, done.stderr
    said = done.stdout.partition("bound ")[2]
    assert reached in said
    assert ("does not hold" in said) == bool(code)


def test_a_bound_holds_for_programs_too(data):
    done = run(data, "--profile", "fast", "--json", "--min-recall", ".9")
    assert done.returncode == 1
    assert list(json.loads(done.stdout)) == ["fast"]


def test_places_and_dates_are_no_direct_values(tmp_path):
    text = "Zxqv met Anna Smith in Qqqville."
    items = [{"full_text": text, "spans": [span(text, "Anna Smith", "PERSON"), span(text, "met", "GPE")]}]
    (tmp_path / "data.json").write_text(json.dumps(items))
    assert run(tmp_path / "data.json", "--profile", "fast", "--min-recall", "1").returncode == 0
    items[0]["spans"] = items[0]["spans"][1:]
    (tmp_path / "data.json").write_text(json.dumps(items))
    done = run(tmp_path / "data.json", "--profile", "fast", "--min-recall", "1")
    assert done.returncode == 2
    assert "the data has no value that must not leak" in done.stderr


def test_a_share_that_is_none_is_an_error(data):
    assert run(data, "--min-recall", "98").returncode == 2


POLICY = """version: 1
providers:
  ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}
rules:
  - {name: no, match: {characters: {max: 10}}, refuse: too short}
  - {name: all, match: everything, providers: [ours], detection: {profile: fast}, always_redact: ours.txt}
"""


def test_what_was_missed_is_no_miss_of_the_policy_that_learnt_it(data, tmp_path, monkeypatch):
    (tmp_path / "ours.txt").write_text("# none yet\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    asked = (data, "--policy", tmp_path / "policy.yaml", "--min-recall", "1")
    before = run(*asked)
    assert before.returncode == 1
    assert "policy.yaml" in before.stdout
    command.run("privacy", "key", tmp_path / "key")
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "key"))
    learnt = command.run("privacy", "miss", "--policy", tmp_path / "policy.yaml", stdin="qqq zzz")
    assert learnt.returncode == 0, learnt.stderr
    after = run(*asked)
    assert after.returncode == 0, after.stdout
    assert "100.00 % (3 of 3)" in after.stdout
    assert "qqq" not in learnt.stdout + after.stdout


def test_what_a_policy_refuses_is_counted(tmp_path):
    items = [{"full_text": "Ann Smith", "spans": [span("Ann Smith", "Ann Smith", "PERSON")]}]
    (tmp_path / "data.json").write_text(json.dumps(items))
    (tmp_path / "ours.txt").write_text("")
    (tmp_path / "policy.yaml").write_text(POLICY)
    done = run(tmp_path / "data.json", "--policy", tmp_path / "policy.yaml", "--json")
    assert json.loads(done.stdout)["policy.yaml"]["documents_refused"] == 1
    assert run(tmp_path / "data.json", "--policy", tmp_path / "policy.yaml", "--profile", "fast").returncode == 2
