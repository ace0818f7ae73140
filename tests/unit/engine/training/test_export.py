"""Training files: their lines, what is held out, and that none is written if a check fails."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from backend.engine.training import export, lines
from backend.errors import RequestError
from tests.parts import SENTIMENT
from tests.unit.engine.training.parts import OPENAI, OWN, annotated, composed, mood, rule_of, written

TASKS = [annotated(f"Number {n} is here.", mood("Good" if n % 4 else "Bad"), number=n) for n in range(40)]


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def examples(tmp_path):
    return composed(rule_of(tmp_path, {**OPENAI, "mode": "json_schema"}), SENTIMENT, TASKS)[0]


def test_each_line_is_a_conversation_that_its_owner_alone_may_read(tmp_path, examples):
    (file,), report = written(tmp_path, examples)
    assert file.stat().st_mode & 0o777 == 0o600
    for line in read(file):
        assert list(line) == ["messages"]
        assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant"]
        assert json.loads(line["messages"][-1]["content"])["mood"] in ("Good", "Bad")
    assert (report.examples, report.held_out, report.warnings) == (40, 0, [])
    assert 40 * 50 < report.tokens < 40 * 500


def test_a_model_that_calls_tools_is_trained_to_call_them(tmp_path):
    examples, _ = composed(rule_of(tmp_path, {**OPENAI, "mode": "tools"}), SENTIMENT, TASKS[:3])
    (file,), _ = written(tmp_path, examples)
    line = read(file)[1]
    (call,) = line["messages"][-1]["tool_calls"]
    assert call["function"]["name"] == line["tools"][0]["function"]["name"]
    assert json.loads(call["function"]["arguments"]) == {"mood": "Good"}
    (file,), _ = written(tmp_path, examples, form="chat")
    assert read(file)[1]["messages"][-1] == {"role": "assistant", "content": '{"mood": "Good"}'}
    assert "tools" not in read(file)[1]


def test_examples_of_the_policy_are_shown_and_not_learned_again(tmp_path):
    (tmp_path / "few.yaml").write_text('- {text: "Nice.", answer: {mood: Good}}\n')
    policy = rule_of(tmp_path, {**OPENAI, "mode": "json_schema"}, examples="few.yaml")
    found, _ = composed(policy, SENTIMENT, TASKS[:2])
    (file,), _ = written(tmp_path, found)
    assert [message.get("weight") for message in read(file)[0]["messages"]] == [None, None, 0, None, None]
    (file,), _ = written(tmp_path, found, form="chat")
    assert not any("weight" in message for message in read(file)[0]["messages"])


def test_what_is_held_out_has_its_share_of_each_label_and_is_the_same_each_time(tmp_path, examples):
    (training, held), report = written(tmp_path, examples, held_out=0.2)
    assert held.name == "train.validation.jsonl"
    assert (report.examples, report.held_out) == (32, 8)
    counts = Counter(line["messages"][-1]["content"] for line in read(held))
    assert counts == {'{"mood": "Bad"}': 2, '{"mood": "Good"}': 6}
    before = held.read_bytes(), training.read_bytes()
    written(tmp_path, examples, held_out=0.2)
    assert (held.read_bytes(), training.read_bytes()) == before
    turned, _ = written(tmp_path, examples[::-1], held_out=0.2)
    assert sorted(turned[1].read_text().splitlines()) == sorted(before[0].decode().splitlines())


def test_examples_of_one_task_stay_together(tmp_path, examples):
    pieces = [replace(one, task=str(number // 4)) for number, one in enumerate(examples)]
    (training, held), _ = written(tmp_path, pieces, held_out=0.3)
    texts = {one.messages[-1][1]: one.task for one in pieces}
    tasks = [{texts[line["messages"][1]["content"]] for line in read(file)} for file in (training, held)]
    assert tasks[0].isdisjoint(tasks[1])
    assert len(tasks[1]) == 3


def test_what_openai_may_not_see_is_in_no_file_for_it(tmp_path):
    examples, _ = composed(rule_of(tmp_path, OWN), SENTIMENT, TASKS[:3])
    with pytest.raises(RequestError, match="3 left out: its rule lets no external provider see it"):
        written(tmp_path, examples)
    assert not (tmp_path / "train.jsonl").exists()
    assert len(read(written(tmp_path, examples, form="chat")[0][0])) == 3


def test_a_value_that_may_not_leave_in_the_annotators_words_keeps_its_task_here(tmp_path):
    examples, _ = composed(rule_of(tmp_path, OPENAI), SENTIMENT, TASKS[:3])
    kept, report = written(tmp_path, [*examples[:2], replace(examples[2], external=False)])
    assert report.left_out == {export.INTERNAL: 1}
    assert len(read(kept[0])) == 2


def test_a_long_example_is_left_out_and_few_are_warned_of(tmp_path, examples):
    long = replace(examples[0], messages=(*examples[0].messages[:1], ("user", "word " * 2000)))
    _, report = written(tmp_path, [long, *examples[1:5]], most_tokens=2000)
    assert report.left_out == {"longer than 2000 tokens, about": 1}
    assert report.warnings == ["OpenAI takes no file with fewer than 10 examples: annotate more"]
    assert written(tmp_path, examples[:5], form="chat")[1].warnings == []


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"answer": '{"mood": "Meh"}'}, "an answer that does not fit its form"),
        ({"answer": "{}"}, "an answer that does not fit its form"),
        ({"answer": "no JSON"}, "an answer that does not fit its form"),
        ({"messages": (("system", "S"), ("user", " "))}, "a message without words"),
        ({"messages": (("system", "S"), ("assistant", "A"))}, "roles do not take turns"),
        ({"messages": (("user", "U"), ("user", "U"))}, "roles do not take turns"),
        ({"messages": ()}, "roles do not take turns"),
    ],
)
def test_nothing_is_written_if_a_check_fails(tmp_path, examples, broken, problem):
    (file,), _ = written(tmp_path, examples[:2])
    before = file.read_bytes()
    with pytest.raises(RequestError, match=problem):
        written(tmp_path, [*examples, replace(examples[0], **broken)], held_out=0.2)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob("*.jsonl*")) == ["train.jsonl"]


def test_nothing_to_hold_out_is_told(tmp_path, examples):
    with pytest.raises(RequestError, match="too few examples to hold any out"):
        written(tmp_path, examples[:2], held_out=0.1)


def test_a_line_breaks_nowhere(examples):
    odd = replace(examples[0], messages=(("user", "a\nb\u2028c\x85d"),))
    line = lines.training_line(odd, "chat")
    assert len(line.splitlines()) == 1
    assert json.loads(line)["messages"][0]["content"] == "a\nb\u2028c\x85d"


def test_half_a_character_is_in_no_file(tmp_path, examples):
    half = replace(examples[0], messages=(("user", "a\ud800"),))
    _, report = written(tmp_path, [half, *examples[1:]])
    assert report.left_out == {"it holds half of a character": 1}
