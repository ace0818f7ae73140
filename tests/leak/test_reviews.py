"""Canaries in annotations, tasks, comments, drafts, user names and addresses: what is kept of them is under the key."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.review.entries import ReviewEntries
from backend.review.events import ReviewEvent
from backend.review.inbox import Inbox
from backend.review.reviews import Reviews
from backend.review.tables import REVIEWS
from backend.store import open_store, reading
from tests.child import labelguard
from tests.parts import SENTIMENT, provider, webhooks_wait, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn

SECRET = "canary-webhook-secret-9100"
KEPT = {name: f"{name}-canary-{number}" for number, name in enumerate(("annotation", "predicted", "task"), 9101)}
PLACES = ("comment", "draft", "user", "mail", "token", "meta", "title-of-region", "withheld", "login")
DROPPED = {name: f"{name}-canary-{number}" for number, name in enumerate(PLACES, 9201)}
COUNT = 60


def event_of(number: int, action: str = "ANNOTATION_CREATED", project: int = 1) -> dict[str, Any]:
    """Return a webhook with a canary in every place that holds human labels, people or secrets."""
    person = {"id": 5, "email": f"{DROPPED['mail']}@example.org", "username": DROPPED["user"]}
    region: dict[str, Any] = {"id": "t", "from_name": "mood", "to_name": "text", "type": "choices"}
    region |= {
        "meta": {"text": [DROPPED["meta"]]},
        "title": DROPPED["title-of-region"],
        "origin": DROPPED["title-of-region"],
    }
    annotation = {
        "id": number,
        "task": number,
        "result": [{**region, "value": {"choices": [KEPT["annotation"]]}}],
        "prediction": {
            "id": 1,
            "model_version": "labelguard-000000000001",
            "result": [{**region, "value": {"choices": [KEPT["predicted"]]}}],
        },
        "completed_by": person,
        "created_username": f"{DROPPED['user']}, 5",
        "updated_by": person,
        "drafts": [{"result": [DROPPED["draft"]]}],
        "comments": [{"text": DROPPED["comment"]}],
        "created_at": "2026-11-23T07:09:57.981336Z",
    }
    task = {
        "id": number,
        "data": {"text": KEPT["task"], "ward": DROPPED["withheld"]},
        "meta": {"note": DROPPED["meta"]},
    }
    task |= {"comment_authors": [person], "updated_by": person, "drafts": [DROPPED["draft"]]}
    about = {"id": project, "title": "Ward", "label_config": SENTIMENT, "token": DROPPED["token"]}
    about |= {"created_by": person, "task_data_login": DROPPED["login"], "task_data_password": DROPPED["login"]}
    return {"action": action, "annotation": annotation, "task": task, "project": about, "comment": DROPPED["comment"]}


@dataclass
class Left:
    """What a run left."""

    answers: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    received: bytes = b""
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    key: bytes = b""


def send_all(client: httpx.Client) -> str:
    """Send webhooks, good ones and such as are refused; return all that was answered."""
    auth = {"authorization": f"Bearer {SECRET}"}
    answers = [client.post("/webhook", json=event_of(number), headers=auth) for number in range(1, COUNT + 1)]
    assert {answer.status_code for answer in answers} == {200}
    answers.append(client.post("/webhook", json=event_of(1)))
    answers.append(client.post("/webhook", json=event_of(1), headers={"authorization": f"Bearer {SECRET}x"}))
    answers.append(client.post("/webhook", content=json.dumps(event_of(1))[:-2], headers=auth))
    odd = [event_of(1) | {"annotation": KEPT["annotation"]}, event_of(1) | {"action": KEPT["task"]}]
    odd += [event_of(1) | {"project": KEPT["task"]}, event_of(1) | {"task": [[KEPT["task"]]]}]
    broken = event_of(COUNT + 1, project=2)
    broken["project"]["label_config"] = f"<View>{KEPT['task']}"
    answers += [client.post("/webhook", json=body, headers=auth) for body in (*odd, broken)]
    answers += [client.get(path) for path in ("/metrics", "/health", f"/webhook/{SECRET}")]
    return "".join(f"{answer.headers} {answer.reason_phrase} {answer.text}" for answer in answers)


@pytest.fixture(scope="module", params=["keep", "off"])
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Run it all once: the real server at DEBUG, killed while it works, and started again.

    It takes webhooks before it can predict.
    """
    home = tmp_path_factory.mktemp("home")
    left = Left(url=f"sqlite:///{home / 'state.db'}")
    with StandIn() as standin:
        rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["vendor"], "withhold": ["ward"]}
        rule["learn"] = {"annotations": request.param}
        write_policy(home, {"vendor": provider(standin.address)}, [rule])
        folders = {name: str(home) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
        settings = {"LABELGUARD_LOG_LEVEL": "debug", "LABELGUARD_WEBHOOK_SECRET": SECRET, **folders}
        for is_again in (False, True):
            with (
                labelguard(home / "policy.yaml", home, None, ("backend.cli",), False, **settings) as (url, child),
                httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
            ):
                if not is_again:
                    left.answers = send_all(client)
                    left.files["log of the first"] = child.output().encode()
                    child.kill()
                    spooled = [path.read_bytes() for path in home.glob("state.db.inbox/*")]
                    left.files["spool of the first"] = b"".join(spooled)
                else:
                    until(lambda: not webhooks_wait(left.url))
                    left.answers += client.get("/metrics").text
        left.received = bytes(standin.received)
    left.key = (home / "labelguard" / "surrogate.key").read_bytes()
    left.files |= {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    return left


def rows(url: str, table: Any) -> list[Any]:
    with reading(open_store(url)) as connection:
        return list(connection.execute(table.select()).mappings())


def test_nothing_stands_in_the_open(left):
    places = {**left.files, "answers": left.answers.encode(), "model": left.received}
    for canary in (*KEPT.values(), *DROPPED.values(), SECRET):
        assert [place for place, content in places.items() if canary.encode() in content] == []


def test_what_was_answered_is_there_once_though_the_server_was_killed(left):
    assert sorted(row["annotation"] for row in rows(left.url, REVIEWS)) == list(range(1, COUNT + 1))
    assert f'labelguard_reviews_total{{project="1",verdict="changed"}} {COUNT}.0' in left.answers


def test_under_the_key_stands_what_the_policy_says_and_no_more(left, request):
    reviews = list(Reviews(open_store(left.url), ReviewEntries(left.key.strip())).all())
    assert len(reviews) == COUNT
    said = repr([(review, review.kept, review.changes, review.kept and vars_of(review.kept)) for review in reviews])
    is_kept = "keep" in request.node.name
    assert [canary in said for canary in (KEPT["annotation"], KEPT["task"])] == [is_kept] * 2
    assert [name for name, canary in DROPPED.items() if canary in said] == []
    assert KEPT["predicted"] not in said


def vars_of(kept: Any) -> list[Any]:
    return [kept.result, kept.data, kept.who]


def test_the_store_is_useless_without_its_key(left):
    other = ReviewEntries(b"another secret of 32 bytes or so")
    store = open_store(left.url)
    assert list(Reviews(store, other).all()) == []
    assert {project for project, *_ in Reviews(store, other).projects()} == {None}


@pytest.mark.parametrize("keeps_text", [True, False])
def test_what_waits_is_under_the_key(tmp_path: Path, keeps_text: bool) -> None:
    from backend.labelstudio import reduce
    from backend.labelstudio.events import WebhookRequest
    from backend.review.events import read_event

    entries = ReviewEntries(b"0123456789abcdef0123456789abcdef")
    inbox = Inbox(open_store(f"sqlite:///{tmp_path / 'state.db'}"), entries)
    asked = WebhookRequest.take(reduce.reduced(event_of(1)))
    event = read_event(asked, "", entries, keeps_text=keeps_text)
    assert isinstance(event, ReviewEvent)
    inbox.put(event).result(HANGS_S)
    inbox.close()
    content = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert len(content) > len(json.dumps(event.flat()))
    for canary in (*KEPT.values(), *DROPPED.values()):
        assert canary.encode() not in content
    flat = json.dumps(event.flat())
    assert [name for name, canary in DROPPED.items() if name != "withheld" and canary in flat] == []
    assert (KEPT["annotation"] in flat) is (KEPT["task"] in flat) is keeps_text
