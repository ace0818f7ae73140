"""Nothing of what a request or a model's answer says stands in the log, in metrics, in answers' heads or in the record.

A running server at DEBUG, a canary in every place of a request that is not the label config's own name, and model
answers of many shapes (P5).
"""

import json
import random
import sqlite3
from itertools import count

import httpx
import pytest

from tests.child import labelguard
from tests.parts import ENTITIES, SENTIMENT, SUMMARY, provider, setup_body, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn, fitting_answer

MARK = "zqcanary"
DYNAMIC = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text" value="$options"/>'
    '<TextArea name="prompt_box" toName="text"/></View>'
)
PARAGRAPHS = (
    '<View><Paragraphs name="talk" value="$text" nameKey="who" textKey="what"/>'
    '<ParagraphLabels name="part" toName="talk"><Label value="A"/></ParagraphLabels></View>'
)
FETCHED = SUMMARY.replace("<Text ", '<Text valueType="url" ')
CONFIGS = [SENTIMENT, ENTITIES, SUMMARY, DYNAMIC, PARAGRAPHS, FETCHED]
FORGED = "\n2026-01-01 00:00:00 INFO labelguard.x: forged"
BREAKS = [*[""] * 60, "\r\nX-Injected: 1", FORGED, "\x1b[31m", "\u2028", "\ud800", "\x00"]
REQUESTS = 240


def canaries():
    """Yield words that stand nowhere else, each with its number, so that what is found tells where it was put."""
    number = 0
    while True:
        number += 1
        yield f"{MARK}{number}"


def body_of(config, chance, words):
    """Return a request with canaries in all its places, some of them of a wrong shape."""
    word = lambda: next(words) + chance.choice(BREAKS)  # noqa: E731
    odd = lambda: chance.choice([word(), [word()], {word(): word()}, None, 7, 1e308, True])  # noqa: E731
    keys = [word() for _ in range(chance.randrange(4))]
    text = f"{word()} [PERSON_1] [{next(words).upper()}_1] <{next(words)}> {{{next(words)}}}"
    data = {key: odd() for key in keys}
    if chance.random() < 0.7:
        data["text"] = chance.choice([*[text] * 4, odd(), "http://" + word() + ".example/" + word(), "/api/" + word()])
    if chance.random() < 0.7:
        data["options"] = chance.choice([[{"value": word(), "alias": word()}], [odd()], odd()])
    task = {"id": odd(), "data": chance.choice([*[data] * 9, odd()]), "meta": {word(): odd()}, word(): word()}
    task["annotations"] = [{"result": [{"value": {word(): word()}}], "completed_by": word()}]
    region = {"id": odd(), "from_name": "prompt_box", "to_name": "text", "type": "textarea"}
    region["value"] = {"text": [word()]}
    span = {"id": word(), "from_name": "ner", "to_name": "text", "type": "labels", "value": {word(): odd()}}
    context = {"result": [region, span, odd()], word(): word()}
    params = {"login": word(), "password": word(), "context": chance.choice([context, odd()])}
    tasks = chance.choice([*[[task]] * 3, [task, {"data": {}}], [odd()], odd()])
    return {"tasks": tasks, "project": "1.17", "label_config": config, "params": params, word(): odd()}


def answers(chance, words):
    """Return a model that answers in many shapes."""

    def answer(request, schema):
        word = next(words)
        made = [
            fitting_answer(request, schema),
            f"[{word.upper()}_77]",
            {word: word},
            [word],
            dict.fromkeys(schema.get("properties", {}), word),
            {name: [word] for name in schema.get("properties", {})},
            {name: {word: [word]} for name in schema.get("properties", {})},
            {name: f"[{word.upper()}_1] [PERSON_536228145]" for name in schema.get("properties", {})},
            f"```json\n{word}",
            f"<think>{word}</think>",
            "",
        ]
        return chance.choice(made)

    return answer


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """Run it once; return all that the server said, by place, the statuses, and how often the model was asked."""
    home = tmp_path_factory.mktemp("words")
    chance, words = random.Random(7301), canaries()
    with StandIn(answers(chance, words)) as model:
        detection = {"profile": "fast", "unknown_language": "patterns"}
        rule = {"name": "all", "match": {"project": ["1"]}, "providers": ["own"], "detection": detection}
        policy = write_policy(home, {"own": provider(model.address, "openai", attempts=2)}, [rule])
        settings = {"LABELGUARD_LOG_LEVEL": "debug", "HOME": str(home), "OPENAI_API_KEY": "k"}
        with (
            labelguard(policy.file, home, None, **settings) as (url, _),
            httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
        ):
            found = list(ask(client, chance, words))
        asked = len(model.requests)
    # What is answered to a task may hold its own words: of these answers the head alone is looked at.
    shown = [answer.text if answer.status_code != 200 or number >= REQUESTS else "" for number, answer in found]
    said = {f"answer {n}": f"{a.reason_phrase}\n{a.headers}\n{text}" for (n, a), text in zip(found, shown, strict=True)}
    said["log"] = (home / "labelguard.log").read_text(encoding="utf-8", errors="replace")
    with sqlite3.connect(home / "state.db") as state:
        said["record"] = "\n".join(state.iterdump())
    return said, {answer.status_code for _, answer in found}, asked


def ask(client, chance, words):
    """Ask in all ways; yields the answers with their numbers."""
    number = count()
    for n in range(REQUESTS):
        body = json.dumps(body_of(CONFIGS[n % len(CONFIGS)], chance, words))
        yield next(number), client.post("/predict", content=body)
    for path in ("a%0d%0aX-Injected:%201", "%1b[31m" + next(words), "x" * 5000, "<b>" + next(words)):
        yield next(number), client.post(f"/{path}/setup", json=setup_body(SENTIMENT, "2"))
    for path in (f"/{next(words)}/{next(words)}/x", f"/{next(words)}"):
        yield next(number), client.get(path)
        yield next(number), client.post(path)
    for event in ({"action": next(words)}, {next(words): 1}, [next(words)]):
        yield next(number), client.post("/webhook", json=event)
    for path in ("/metrics", "/health", "/versions"):
        yield next(number), client.get(path)


def test_the_run_shows_something(traces):
    said, statuses, asked = traces
    assert asked > 50
    assert {200, 400, 403, 404} <= statuses
    assert 500 not in statuses
    for words in ("is missing - the task has", "invented a placeholder", "tasks predicted", "no answer that fits"):
        assert words in said["log"]
    assert "stand-in" in said["record"]


def test_p05_no_word_of_a_request_or_an_answer_is_told(traces):
    told = {place: text.lower().find(MARK) for place, text in traces[0].items()}
    assert {place: traces[0][place][max(0, at - 200) :][:300] for place, at in told.items() if at >= 0} == {}
    assert "536228145" not in traces[0]["log"]


def test_p05_no_request_writes_a_line_of_its_own_into_the_log(traces):
    lines = traces[0]["log"].splitlines()
    assert [line for line in lines if line[:2] != "20" or not line.isprintable() or len(line) > 5000] == []
    assert not [line for line in lines if line.endswith("labelguard.x: forged")]
    heads = [text.lower().split("\n")[1] for place, text in traces[0].items() if "answer" in place]
    assert not [head for head in heads if "x-injected" in head]


def test_no_reason_holds_an_angle_bracket(traces):
    reasons = [json.loads(text.split("\n", 2)[2])["detail"] for text in traces[0].values() if '"detail"' in text]
    assert reasons
    assert not [reason for reason in reasons if "<" in reason or ">" in reason]
