"""`labelguard redact`, run as its user does."""

import json
import subprocess
import sys


def run(*args, stdin=""):
    command = [sys.executable, "-m", "backend.cli", "redact", *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_a_text_by_argument_and_by_standard_input():
    for done in (run("Ask John Smith."), run(stdin="Ask John Smith.\n")):
        assert done.returncode == 0
        assert done.stdout.strip() == "Ask [PERSON_1]."


def test_a_task_file(tmp_path):
    tasks = [
        {"id": 1, "data": {"text": "Ask John Smith.", "more": [{"note": "Smith came."}], "n": 3}, "annotations": []}
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    done = run("--file", str(tmp_path / "tasks.json"))
    assert json.loads(done.stdout) == [
        {"id": 1, "data": {"text": "Ask [PERSON_1].", "more": [{"note": "[PERSON_1] came."}], "n": 3}}
    ]


def test_the_filter_keeps_its_form_and_goes_on_after_a_bad_line():
    lines = [{"id": 7, "text": "Ask John Smith."}, "canary", {"id": 8, "text": 5}, {"id": 9, "text": "x\ud800"}]
    lines += [{"id": "z", "text": "Nobody here."}]
    done = run("--json", stdin="\n".join(json.dumps(line) for line in lines) + "\n{canary\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    (span,) = answers[0].pop("spans")
    assert answers[0] == {"id": 7, "redacted": "Ask [PERSON_1]."}
    assert (span["start"], span["end"], span["entity_type"], span["placeholder"]) == (4, 14, "PERSON", "[PERSON_1]")
    assert 0 < span["score"] <= 1
    assert [answer["id"] for answer in answers] == [7, None, 8, 9, "z", None]
    assert all("error" in answers[index] for index in (1, 2, 3, 5))
    assert answers[4] == {"id": "z", "redacted": "Nobody here.", "spans": []}
    assert "canary" not in done.stdout + done.stderr
