"""A real server that keeps all that it sends: under the key alone, seen by who may, and gone when it is erased."""

import json
import logging

import httpx
import pytest

from backend.engine.assemble import surrogate_key
from backend.model.sent_samples import SAMPLES, stored_samples
from backend.settings import Settings
from backend.store import open_store
from tests.child import labelguard
from tests.command import run
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S, until
from tests.stores import looking
from tests.unit.server.console.conftest import ADMIN, Site

NAME, STORY = "Emily Watson", "canary-story-5107"
TEXT = f"Patient {NAME} told {STORY} to the nurse."


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Have two tasks predicted, one of them seen in the console, and one erased while the server runs."""
    from tests.standin import StandIn

    home = tmp_path_factory.mktemp("home")
    state = f"sqlite:///{home / 'state.db'}"
    environment = {
        "LABELGUARD_CACHE": str(home / "cache"),
        "LABELGUARD_STATE_URL": state,
        "LABELGUARD_LOG_LEVEL": "debug",
        "LABELGUARD_CONSOLE_ADMIN_PASSWORD": ADMIN[1],
    }
    found = {"home": home, "state": state}
    with StandIn() as vendor, pytest.MonkeyPatch.context() as patch:
        rule = {"name": "all", "match": "everything", "providers": ["vendor"], "detection": {"profile": "fast"}}
        rule["retention"] = {"keep_sent": "100%", "sent_days": 2}
        policy = write_policy(home, {"vendor": provider(vendor.address)}, [rule])
        for name, value in (environment | {"LABELGUARD_POLICY": str(policy.file)}).items():
            patch.setenv(name, value)
        with labelguard(policy.file, home, **environment) as (url, _):
            with httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client:
                answer = client.post("/predict", json=predict_body(SENTIMENT, TEXT, f"{TEXT} Again."))
                assert [bool(one) for one in answer.json()["results"]] == [True, True]
                until(lambda: len(rows(state)) == 2)
                site = Site(client, home)
                token = site.token("/record", ADMIN, "/sent")
                entry = max(rows(state))
                fields = {"token": token, "entry": str(entry)}
                found["page"] = client.post("/console/sent", data=fields, auth=ADMIN).text
            found["sent"] = json.loads(run("audit", "sent", "--json").stdout)["sent"]
            found["before"] = bodies(state)
            found["held"] = json.loads(run("subject", "--task", 1, "--json").stdout)["held"]
            found["erased"] = run("subject", "--task", 1, "--erase")
            found["after"] = bodies(state)
            found["disk"] = {file: file.read_bytes() for file in home.glob("state.db*") if file.is_file()}
            found["views"] = json.loads(run("audit", "views", "--json").stdout)["views"]
            found["verified"] = run("audit", "verify")
        found["secret"] = surrogate_key(Settings())
        found["received"] = bytes(vendor.received)
    found["files"] = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    yield found
    logging.getLogger("labelguard").handlers.clear()


def rows(state):
    with looking(state) as connection:
        return list(connection.execute(SAMPLES.select()).scalars())


def bodies(state):
    with looking(state) as connection:
        return [row.body for row in connection.execute(SAMPLES.select())]


def test_what_is_kept_stands_in_no_file_in_the_open(left):
    for canary in (STORY, NAME, "Watson"):
        assert [file for file, content in left["files"].items() if canary.encode() in content] == []


def test_what_was_seen_is_what_was_sent_and_no_more(left):
    assert len(left["sent"]) == 2
    assert STORY.encode() in left["received"]
    assert all(STORY in json.dumps(one["request"]) for one in left["sent"])
    assert STORY in left["page"]
    assert "Watson" not in json.dumps(left["sent"]) + left["page"]
    assert b"Watson" not in left["received"]


def test_each_view_is_in_the_record_as_it_was_written(left):
    assert [(one["by"], one["attempt"]) for one in left["views"]][-1] == (
        "console",
        max(e["entry"] for e in left["sent"]),
    )
    assert len(left["views"]) == 3
    assert left["verified"].returncode == 0
    assert "as it was written" in left["verified"].stdout


def test_what_was_erased_is_gone_from_the_files_of_a_running_server(left):
    held = {one["place"]: one["count"] for one in left["held"]}
    assert (held["answers"], held["samples"], held["record"] > 2) == (1, 1, True)
    assert left["erased"].returncode == 0, left["erased"].stdout
    gone = set(left["before"]) - set(left["after"])
    assert (len(gone), len(left["after"])) == (1, 1)
    assert [file for file, content in left["disk"].items() for body in gone if body in content] == []
    assert any(left["after"][0] in content for content in left["disk"].values())
    kept = stored_samples(open_store(left["state"]), left["secret"])
    assert [one.task for one in kept] == ["2"]
