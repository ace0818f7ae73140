"""`labelguard plan`."""

import json
import re

from tests import command
from tests.parts import provider, write_policy

CONFIG = (
    '<View><Text name="text" value="$body"/><Text name="more" value="$title"/><Image name="photo" value="$photo"/>'
    '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'
    '<Choices name="topic" toName="text" value="$topics"/>'
    '<View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad">'
    '<Rating name="stars" toName="text"/></View>'
    '<Choices name="seen" toName="photo"><Choice value="Y"/></Choices></View>'
)


def run(tmp_path, config, *options):
    (tmp_path / "config.xml").write_text(config)
    done = command.run("plan", tmp_path / "config.xml", *options)
    return done.returncode, done.stdout, done.stderr


def test_what_is_asked_and_what_is_not(tmp_path):
    code, shown, _ = run(tmp_path, CONFIG)
    assert code == 1
    for words in (
        "$title",
        "shown as context",
        "Good, Bad",
        "$topics",
        "once, if choice-selected mood Bad",
        '- "mood": exactly one label for the text "text": "Good", "Bad".',
        'Only if the answer of "mood" is "Bad"; else null.',
        "Choices 'seen' gets no predictions: on Image",
    ):
        assert words in shown


def test_a_plan_is_told_to_programs(tmp_path):
    code, shown, _ = run(tmp_path, CONFIG, "--json")
    told = json.loads(shown)
    assert code == 1
    assert {"tag": "Text", "name": "more", "value": "$title", "labeled": False} in told["objects"]
    mood, topic, stars = told["controls"]
    assert (mood["name"], mood["on"], mood["labels"], mood["labels_field"]) == ("mood", ["text"], ["Good", "Bad"], None)
    assert topic["labels_field"] == "topics"
    assert stars["conditions"] == ["if choice-selected mood Bad"]
    assert [one["name"] for one in told["unserved"]] == ["seen"]
    assert '"mood": exactly one label' in told["questions"]


def test_a_task_under_a_plan_is_told_to_programs(tmp_path):
    config = '<View><Text name="a" value="$body"/><Choices name="m" toName="a"><Choice value="Y"/></Choices></View>'
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {"body": "John Carter loves it."}}]))
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")})
    code, shown, _ = run(tmp_path, config, "--tasks", tmp_path / "tasks.json", "--policy", policy.file, "--json")
    told = json.loads(shown)["task"]
    assert (code, told["rule"], told["providers"], told["replaced"]) == (0, "all", ["own"], {"PERSON": 1})
    assert "Carter" not in shown


def test_all_that_a_model_would_be_sent_redacted(tmp_path):
    config = CONFIG.replace('<Choices name="seen" toName="photo"><Choice value="Y"/></Choices>', "")
    topics = [{"value": "Visit of John Carter"}, {"value": "Other"}]
    data = {"body": "John Carter loves it.", "title": "A letter of John Carter", "topics": topics}
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": data}]))
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")})
    code, shown, _ = run(tmp_path, config, "--tasks", tmp_path / "tasks.json", "--policy", policy.file)
    assert code == 0
    assert "Sent by rule 'all'" in shown
    for words in ("[PERSON_1] loves it.", "A letter of [PERSON_1]", '"Visit of [PERSON_1]", "Other"'):
        assert words in shown
    assert "Carter" not in shown


def test_questions_of_the_tasks_are_shown_as_they_would_be_sent(tmp_path):
    config = '<View><Header value="Written by $who"/><Text name="a" value="$body"/><Header value="Was $who glad?"/>'
    config += '<Choices name="m" toName="a"><Choice value="Yes"/><Choice value="Not $who"/></Choices></View>'
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {"body": "All well.", "who": "John Carter"}}]))
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")})
    _, shown, _ = run(tmp_path, config)
    for words in ("Written by $who", "shown as context", "Was $who glad?", "Not $who"):
        assert words in shown
    code, shown, _ = run(tmp_path, config, "--tasks", tmp_path / "tasks.json", "--policy", policy.file)
    assert code == 0
    for words in ("Written by [PERSON_1]", "Was [PERSON_1] glad?", '"Not [PERSON_1]"'):
        assert words in shown
    assert "Carter" not in shown


def test_what_would_be_sent_is_what_the_policy_lets_leave(tmp_path):
    config = '<View><Text name="a" value="$body"/><Text name="b" value="$ward"/><Choices name="m" toName="a">'
    config += '<Choice value="Good"/><Choice value="Bad"/></Choices></View>'
    rule = {"name": "out", "match": {"project": 7}, "providers": ["own"], "withhold": ["ward"]}
    write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")}, [{**rule, "operators": {"PERSON": "surrogate"}}])
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {"body": "John Carter left happy.", "ward": "Ward 7"}}]))
    options = ("--tasks", tmp_path / "tasks.json", "--policy", tmp_path / "policy.yaml")
    code, shown, _ = run(tmp_path, config, *options, "--project", "7")
    assert code == 0
    assert "Sent by rule 'out' of policy.yaml, to own:" in shown
    assert re.search(r"^\W*[A-Z]\w+ [A-Z]\w+ left happy\.", shown, re.MULTILINE)
    assert not re.search(r"Carter|John|Ward 7|PERSON_1", shown)
    named = ("--config", tmp_path / "config.xml", "--task", tmp_path / "tasks.json", "--project", "7", "--json")
    explained = command.run("policy", "explain", *options[2:], *named)
    for message in json.loads(explained.stdout)["messages"]:
        assert message["content"] in shown
    code, shown, _ = run(tmp_path, config, *options)
    assert code == 1
    assert "nothing would be sent: no policy rule matches" in shown


def test_a_config_that_cannot_be_served_says_why(tmp_path):
    code, _, error = run(tmp_path, "<View/>")
    assert code == 2
    assert "no object tag" in error


NAMES = (
    '<View><Text name="text" value="$body"/><Labels name="ner" toName="text"><Label value="Person"/>{}</Labels></View>'
)


def test_which_labels_detection_marks_and_what_is_asked_then(tmp_path):
    code, shown, _ = run(tmp_path, NAMES.format('<Label value="Drug"/>'))
    assert code == 0
    assert "Marked by detection, unless the policy says otherwise: ner: Person (PERSON)" in shown
    assert 'one of these labels fits: "Drug".' in shown
    code, shown, _ = run(tmp_path, NAMES.format(""))
    assert "nothing: detection knows all labels" in shown


def test_of_a_task_of_which_detection_knows_all_nothing_would_be_sent(tmp_path):
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {"body": "John Carter loves it."}}]))
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")})
    options = ("--tasks", tmp_path / "tasks.json", "--policy", policy.file)
    code, shown, _ = run(tmp_path, NAMES.format(""), *options)
    assert code == 0
    assert "Marked by detection: ner: Person (PERSON)" in shown
    assert "nothing would be sent: detection knows all labels" in shown
    (tmp_path / "task.json").write_text(json.dumps({"data": {"body": "John Carter loves it."}}))
    own = ("--config", tmp_path / "config.xml", "--task", tmp_path / "task.json")
    done = command.run("policy", "explain", "--policy", policy.file, *own)
    assert done.returncode == 0
    assert "marked:    by detection: ner: Person (PERSON)" in done.stdout
    assert "asked:     nobody, for detection knows all labels; nothing is sent" in done.stdout
    said = json.loads(command.run("policy", "explain", "--json", "--policy", policy.file, *own).stdout)
    assert (said["known_labels"], said["providers"], said["leaves"]) == ({"ner": {"Person": "PERSON"}}, [], False)


def test_policy_check_says_which_labels_are_known_otherwise_than_usual(tmp_path):
    rules = [
        {"name": "all", "match": "everything", "providers": ["own"], "known_labels": {"Who": "PERSON", "D": "none"}}
    ]
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1", external=False)}, rules)
    shown = " ".join(command.run("policy", "check", policy.file).stdout.split())
    assert "by detection: D by the model, Who PERSON" in shown
    assert "nothing finds" not in shown
    slip = [rules[0] | {"known_labels": {"Who": "PERSN", "When": "DATE"}}]
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")}, slip)
    shown = " ".join(command.run("policy", "check", policy.file).stdout.split())
    assert "nothing finds PERSN - did you mean PERSON?" in shown
    assert "nothing finds DATE" not in shown
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")}, [rules[0] | {"known_labels": "off"}])
    assert "no labels by detection" in " ".join(command.run("policy", "check", policy.file).stdout.split())
