"""`labelguard redact`."""

import json
import re
from functools import partial

from backend.cli.differences import print_difference, print_explanation
from backend.privacy.redact import Redactor
from backend.privacy.types import Detection
from tests import command
from tests.parts import provider, write_policy

run = partial(command.run, "redact")


def redacted(text, *values):
    """Redact the values in a text, whatever stands beside them."""

    def detect(text):
        return [Detection(m.start(), m.end(), "PERSON", 0.9) for v in values for m in re.finditer(re.escape(v), text)]

    return Redactor(detect).redact({"text": text}).fields["text"]


def test_a_text_by_argument_and_by_standard_input():
    for done in (run("Ask John Smith."), run(stdin="Ask John Smith.\n")):
        assert done.returncode == 0
        assert done.stdout.strip() == "Ask [PERSON_1]."


def ruled(folder, **settings):
    """Write a policy with a rule for project 7, and one that refuses the others."""
    rule = {"name": "seven", "match": {"project": 7}, "providers": ["own"], **settings}
    rules = [rule, {"name": "no", "match": "everything", "refuse": "Not here."}]
    return ("--policy", write_policy(folder, {"own": provider("http://127.0.0.1:9/v1")}, rules).file)


def test_a_text_as_the_rule_of_a_policy_redacts_it(tmp_path):
    policy = ruled(tmp_path, operators={"PERSON": "surrogate", "PHONE_NUMBER": "mask"}, keep=["EMAIL_ADDRESS"])
    done = run("Ask John Smith, +1 212 555 0147, j@example.org.", *policy, "--project", "7")
    assert done.returncode == 0
    assert re.fullmatch(r"Ask [A-Z]\w+ [A-Z]\w+, [* ]+, j@example\.org\.\s*", done.stdout)
    assert not re.search("John|Smith", done.stdout)
    for options, words in (((), "rule 'no' refuses"), (("--profile", "fast", "--project", "7"), "--profile")):
        done = run("Ask John Smith.", *policy, *options)
        assert done.returncode == 2
        assert words in done.stderr


def test_a_task_as_the_rule_of_a_policy_redacts_it(tmp_path):
    settings = {"withhold": ["ward"], "operators": {"CREDIT_CARD": "block"}, "detection": {"profile": "fast"}}
    conditioned = {"match": {"project": 7, "fields": {"unit": "a"}, "entities": {"EMAIL_ADDRESS": "any"}}}
    policy = ruled(tmp_path, **settings, **conditioned)
    data = {"text": "Ward Blue: j@example.org", "ward": "Ward Blue", "unit": "a"}
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": data}]))
    done = run("--file", tmp_path / "tasks.json", *policy, "--project", "7")
    assert json.loads(done.stdout)[0]["data"] == {
        "text": "[WITHHELD_1]: [EMAIL_ADDRESS_1]",
        "ward": "(withheld)",
        "unit": "a",
    }
    for change, words in (({"unit": "b"}, "'no' refuses"), ({"text": "j@example.org 4111 1111 1111 1111"}, "lets no")):
        (tmp_path / "tasks.json").write_text(json.dumps([{"data": data | change}]))
        assert words in run("--file", tmp_path / "tasks.json", *policy, "--project", "7").stderr


def test_a_rule_refuses_or_hides_other_scripts(tmp_path):
    text = "北京的张伟来了。"
    for mode, shown in (("refuse", ""), ("hide", "[NAME_1]")):
        policy = ruled(tmp_path, detection={"profile": "fast", "unknown_language": mode})
        done = run(text, *policy, "--project", "7")
        assert (done.returncode == 0) is bool(shown)
        assert shown in done.stdout
        assert "张伟" not in done.stdout


def test_a_task_file(tmp_path):
    tasks = [
        {"id": 1, "data": {"text": "Ask John Smith.", "more": [{"note": "Smith came."}], "n": 3}, "annotations": []}
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    done = run("--file", str(tmp_path / "tasks.json"))
    assert json.loads(done.stdout) == [
        {"id": 1, "data": {"text": "Ask [PERSON_1].", "more": [{"note": "[PERSON_1B] came."}], "n": 3}}
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


def test_keys_with_dots_are_no_way_into_another_value(tmp_path):
    data = {"a.b": "Ask John Smith.", "a": {"b": "Nobody here."}, "c": ["x", ["Smith"]]}
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": data}]))
    (task,) = json.loads(run("--file", str(tmp_path / "tasks.json")).stdout)
    assert task["data"] == {"a.b": "Ask [PERSON_1].", "a": {"b": "Nobody here."}, "c": ["x", ["[PERSON_1B]"]]}


def test_a_difference_shows_each_changed_line_before_and_after(capsys):
    print_difference({"": redacted("Dear Ann,\n\nask Bob\nLee or Ann.\nBye", "Ann", "Bob\nLee")})
    assert capsys.readouterr().out.splitlines() == [
        *("- Dear Ann,", "+ Dear [PERSON_1],"),
        "  ",
        *("- ask Bob", "- Lee or Ann.", "+ ask [PERSON_2] or [PERSON_1]."),
        "  Bye",
    ]


def test_a_difference_of_tasks_names_the_places_that_change(tmp_path):
    tasks = [{"id": 5, "data": {"text": "Nobody.", "more": [{"note": "Ask John Smith."}]}}]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    done = run("--file", str(tmp_path / "tasks.json"), "--diff")
    assert done.stdout.splitlines() == ["task 5, more[0].note", "- Ask John Smith.", "+ Ask [PERSON_1]."]


def test_a_difference_is_coloured_on_a_terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    done = run("Ask John Smith.", "--diff")
    removed, added = done.stdout.splitlines()
    assert "\x1b[1;7;31mJohn Smith" in removed
    assert "\x1b[1;7;32m[PERSON_1]" in added


def test_an_explanation_says_what_was_found_where_and_why_but_not_the_value(capsys):
    print_explanation({"task 1, note": redacted("Ask Ann Lee. Lee [ID_3].", "Ann Lee")})
    out, table = capsys.readouterr()
    head, first, again, literal = (re.split(r"  +", line.strip()) for line in table.splitlines())
    assert out == ""
    assert head == ["place", "replaced by", "entity type", "score", "recognizer", "why"]
    assert first[:4] == ["task 1, note 4-11", "[PERSON_1]", "PERSON", "0.90"]
    assert again[:3] == ["task 1, note 13-16", "[PERSON_1B]", "PERSON"]
    assert "elsewhere" in again[-1]
    assert "looks like a placeholder" in literal[-1]
    assert "Lee" not in table


def test_the_filter_takes_a_profile_and_names_recognizers_if_asked():
    line = json.dumps({"id": 1, "text": "Ask John Smith."})
    done = run("--json", "--explain", "--profile", "fast", stdin=line)
    (span,) = json.loads(done.stdout)["spans"]
    assert set(span) == {"start", "end", "entity_type", "score", "placeholder", "recognizer"}


def test_a_difference_is_not_for_the_filter():
    done = run("--json", "--diff", stdin="{}")
    assert done.returncode == 2
    assert "--diff" in done.stderr
    assert done.stdout == ""
