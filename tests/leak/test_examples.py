"""Canaries in annotations that become examples: the real server, the real detection, and all that it left."""

import json
import re
from typing import Any

import httpx
import pytest

from backend.review.tables import REVIEWS
from tests.child import labelguard
from tests.leak.test_reviews import DROPPED, SECRET, Left, event_of, rows
from tests.parts import ALL, predict_body, provider, webhooks_wait, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn

CANARIES = {
    "mail": "ann.canary9301@example.org",
    "phone": "+1 212 555 0147",
    "name": "Zoë Canarius",
    "card": "4539 1488 0343 6467",
    "ward": "Wing-canary-9302",
}
TEXT = "The {nth} stay was quiet, says {name}, who has the address {mail}, phone {phone}, card {card} and {ward}."
TASK = "The stay was quiet and the garden lovely, write to bob.task@example.com about number seven."
NTH = ("first", "second", "third", "fourth", "fifth")
COUNT = len(NTH)


def told(number: int) -> dict[str, Any]:
    """Return a webhook: an annotation with canaries in its text, its spans and its words."""
    event = event_of(number)
    text = TEXT.format(**CANARIES, nth=NTH[number - 1])
    start = text.index(CANARIES["name"])
    place = {"start": start, "end": start + len(CANARIES["name"]), "text": CANARIES["name"], "labels": ["PER"]}
    summary = {"text": [f"{CANARIES['name']} liked it and wrote from {CANARIES['mail']}."]}
    event["annotation"] |= {"prediction": {}, "id": number, "task": number}
    event["annotation"]["result"] = [
        {"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["Good"]}},
        {"id": "b", "from_name": "ner", "to_name": "text", "type": "labels", "value": place},
        {"id": "c", "from_name": "summary", "to_name": "text", "type": "textarea", "value": summary},
    ]
    event["task"]["data"] = {"text": text, "ward": CANARIES["ward"] if number % 2 else DROPPED["withheld"]}
    event["project"]["label_config"] = ALL
    return event


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Run it all once: the real server at DEBUG."""
    home = tmp_path_factory.mktemp("home")
    left = Left(url=f"sqlite:///{home / 'state.db'}")
    with StandIn() as standin:
        rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["vendor"], "withhold": ["ward"]}
        rule["learn"] = {"annotations": "keep", "examples": {"most": 3, "tokens": 2000}, "marks": 2}
        write_policy(home, {"vendor": provider(standin.address)}, [rule])
        folders = {name: str(home) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
        settings = {"LABELGUARD_LOG_LEVEL": "debug", "LABELGUARD_WEBHOOK_SECRET": SECRET, **folders}
        auth = {"authorization": f"Bearer {SECRET}"}
        with (
            labelguard(home / "policy.yaml", home, **settings) as (url, child),
            httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
        ):
            for number in range(1, COUNT + 1):
                client.post("/webhook", json=told(number), headers=auth).raise_for_status()
            until(lambda: not webhooks_wait(left.url) and len(rows(left.url, REVIEWS)) == COUNT)
            body = predict_body(ALL, TASK)
            body["tasks"][0]["id"] = 99
            left.answers = client.post("/predict", json=body).raise_for_status().text
            left.answers += client.get("/metrics").text
            left.files["log"] = child.output().encode()
        left.received = bytes(standin.received)
        left.requests = list(standin.requests)
    left.files |= {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    return left


def test_an_example_was_sent_as_a_task_would_be(left):
    (request,) = left.requests
    chat = [message["content"] for message in request["messages"][1:-1]]
    assert len(chat) == 2  # the others are nearly the same
    # In the texts of the first, third and fifth a withheld value stands.
    found = re.search(r"The (\w+) stay was quiet, says \[PERSON_1\], who has the address \[EMAIL_ADDRESS_1\]", chat[0])
    assert found
    assert found[1] in ("second", "fourth")
    answer = json.loads(chat[1])
    assert answer["mood"] == "Good"
    assert answer["summary"] == "[PERSON_1] liked it and wrote from [EMAIL_ADDRESS_1]."


def test_nothing_of_annotations_leaves_or_stands_in_the_open(left):
    places = {**left.files, "answers": left.answers.encode(), "model": left.received}
    detected = [canary for name, canary in CANARIES.items() if name != "ward"]
    for canary in [*DROPPED.values(), *detected, "Canarius", "canary9301", SECRET]:
        for form in {canary, json.dumps(canary).strip('"')}:
            assert [place for place, content in places.items() if form.encode() in content] == [], form
