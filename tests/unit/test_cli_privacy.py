"""`labelguard privacy bench`."""

import json
from functools import partial

import pytest

from backend.cli import privacy
from backend.errors import DetectionError
from backend.evaluate import Mark
from backend.redact import Redactor
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

    monkeypatch.setattr(privacy, "load_redactor", lambda profile: Redactor(refuse))
    assert privacy.system("fast")("Ask Ann.") == [Mark(0, 8, privacy.REFUSED)]
