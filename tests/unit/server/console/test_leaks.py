"""A leak that is reported: its value is replaced from then on, stands nowhere, and the tasks that hold it are told."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from backend.policy import Policy
from backend.policy.file.list_keys import list_keys
from backend.privacy.hashed import hashed_entry
from backend.privacy.listed import Lists
from backend.record.journal import Record
from backend.record.tables import ENTRIES
from backend.server.console import pages as module
from backend.store import writing
from tests.record import attempt, outcome, refusal
from tests.seams.providers import Vendor
from tests.studio import CANARY as FOREIGN
from tests.studio import Studio
from tests.unit.server.console.conftest import ADMIN, HOSTILE, VIEWER, open_site

LEAKED = "grey heron"
"""That nothing finds."""
RULES: list[dict[str, Any]] = [
    {"name": "clinic", "match": {"project": ["12"]}, "providers": ["vendor"], "always_redact": "ours.txt"},
    {"name": "own", "match": {"project": ["13"]}, "providers": ["own"], "redact": False},
    {"name": "secret", "match": {"project": ["66"]}, "refuse": "not for models"},
    {"name": f"all {HOSTILE}", "match": "everything", "providers": ["vendor"]},
]


@pytest.fixture
def site(tmp_path, monkeypatch):
    (tmp_path / "ours.txt").write_text("Project Falcon\n")
    with open_site(tmp_path, monkeypatch, rules=RULES) as running:
        yield running


@pytest.fixture
def studio():
    """A Label Studio whose tasks 1 and 3 hold what leaked."""
    own = Studio(range(1, 5))
    own.text = lambda task: f"A Grey  Heron, {task}" if task in (1, 3) else f"greys, heron {task}"
    return own


@pytest.fixture
def vendor(studio):
    with Vendor.running() as running:
        running.respond = studio.respond
        yield running


@pytest.fixture
def knowing(tmp_path, monkeypatch, vendor):
    (tmp_path / "ours.txt").write_text("")
    with open_site(tmp_path, monkeypatch, rules=RULES, access=vendor.address) as running:
        yield running


def record(site, *attempts):
    with Record.open(site.store) as journal:
        for one in attempts:
            journal.end(outcome(journal.begin(one)))


def test_a_value_is_put_on_the_list_as_a_hash_and_stands_nowhere(site, caplog):
    caplog.set_level(logging.DEBUG)
    answer = site.send("/leak", value=f"  {LEAKED}\r\n\r\nSmith\r\n", kind="PERSON")
    assert answer.status_code == 200
    assert "<strong>2 added</strong> as PERSON" in answer.text
    assert "value 2 is a common surname" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    (key,) = list_keys()
    lines = (site.folder / "ours.txt").read_text().splitlines()
    assert lines[:2] == ["Project Falcon", f"{hashed_entry(LEAKED, key)}\tPERSON"]
    assert LEAKED not in answer.text
    assert "heron" not in str(answer.url) + str(answer.headers)
    assert "heron" not in caplog.text
    assert "values that leaked: 2 new" in caplog.text
    site.holds_nowhere("heron")
    again = site.send("/leak", value=LEAKED.title())
    assert "<strong>0 added</strong> as PERSON" in again.text
    assert "1 there already" in again.text


def test_each_rule_is_told_whether_it_looks_for_the_value(site):
    told = site.send("/leak", value=LEAKED).text.partition("What each rule does")[2]
    rows = [row for row in told.split("<tr>") if "<td>" in row]
    assert [("<td>no</td>" in row, row.count("<td>")) for row in rows] == [(True, 2), (False, 2), (True, 2), (False, 2)]
    assert ["replaces it" in rows[0], "replaces nothing" in rows[1], "sends nothing" in rows[2]] == [True] * 3
    assert "names another list, or none" in rows[3]
    assert "&lt;script&gt;" in rows[3]
    clinic = Policy.load(site.folder / "policy.yaml").rules[0].decision
    assert Lists.of(clinic.scan).always.finds(f"the {LEAKED} came")  # what the last look searches requests for


def test_a_type_that_a_rule_keeps_is_told(tmp_path, monkeypatch):
    (tmp_path / "ours.txt").write_text("")
    with open_site(tmp_path, monkeypatch, rules=[{**RULES[0], "keep": ["DATE_TIME"]}]) as site:
        assert "keeps DATE_TIME" in site.send("/leak", value=LEAKED, kind="DATE_TIME").text


def test_without_a_project_it_is_said_that_tasks_cannot_be_told(site):
    record(site, attempt(1))
    assert "cannot be told from the record, which holds no text" in site.send("/leak", value=LEAKED).text
    answer = site.send("/leak", value=LEAKED, project="12").text
    assert "does not know where Label Studio is" in answer


def test_tasks_that_were_sent_and_hold_it_are_told(knowing, studio):
    record(
        knowing,
        attempt(1),
        attempt(2),
        attempt(3, provider="own", external=False),
        attempt(3, provider=HOSTILE),
        attempt(9),
        attempt(4, project="13"),
        replace(attempt(5), task="x"),
    )
    with Record.open(knowing.store) as journal:
        journal.refuse(refusal(4))
    answer = knowing.send("/leak", value=LEAKED, project="12").text
    told = answer.partition("What was sent with it")[2]
    assert "3 were read in Label Studio as they stand\nnow; 2 hold it. 1 are not there any more." in told
    rows = [row for row in told.split("<tr>") if "</td>" in row]
    assert [row.partition("</th>")[0].rpartition(">")[2] for row in rows] == ["3", "1"]
    assert "(leaves), own (stays)" in rows[0]
    assert ">2</td>" in rows[0]
    assert "openai (leaves)" in rows[1]
    assert LEAKED not in answer.lower()
    assert FOREIGN not in answer
    assert "<script" not in answer
    assert all(method == "GET" for method, *_ in studio.asked)
    assert not any("heron" in str(asked).lower() for asked in studio.asked)
    knowing.holds_nowhere("heron")


def test_what_cannot_be_told_undoes_no_report(knowing, vendor, monkeypatch):
    assert "no task of project 12 that was sent." in knowing.send("/leak", value=LEAKED, project="12").text
    assert vendor.requests == []
    record(knowing, attempt(1), attempt(2))
    monkeypatch.setattr(module, "MOST_TASKS", 1)
    assert "1 that were sent before these were not looked at" in knowing.send(
        "/leak", value=LEAKED, project="12"
    ).text.replace("\n", " ")
    vendor.respond = lambda head, body: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    answer = knowing.send("/leak", value="blue heron", project="12")
    assert (answer.status_code, "It cannot be told:" in answer.text, "1 added" in answer.text) == (200, True, True)
    with writing(knowing.store) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 1).values(body=HOSTILE))
    answer = knowing.send("/leak", value="red heron", project="12")
    assert (answer.status_code, "entry 1 cannot be read" in answer.text, "1 added" in answer.text) == (200, True, True)


def test_it_is_for_the_administrator_alone(site):
    page = site.get("/leak", VIEWER)
    assert (page.status_code, "sign in as admin" in page.text) == (403, True)
    assert "/console/leak" not in site.get("", VIEWER).text
    assert "/console/leak" in site.get("", ADMIN).text
    good = {"value": LEAKED, "token": site.token("/leak", ADMIN, "/leak")}
    assert good["token"]
    tries = [
        (good, VIEWER, {}, 403),
        (good, None, {}, 401),
        ({**good, "token": ""}, ADMIN, {}, 403),
        ({**good, "token": site.token("/record", ADMIN, "/record")}, ADMIN, {}, 403),
        ({**good, "token": site.token("", VIEWER, "")}, ADMIN, {}, 403),
        (good, ADMIN, {"origin": "https://evil.example"}, 403),
        (good, ADMIN, {"sec-fetch-site": "cross-site"}, 403),
    ]
    for fields, user, headers, status in tries:
        answer = site.client.post("/console/leak", data=fields, auth=user, headers=headers)
        assert answer.status_code == status
    assert site.client.put("/console/leak", data=good, auth=ADMIN).status_code == 405
    assert (site.folder / "ours.txt").read_text() == "Project Falcon\n"


@pytest.mark.parametrize(
    "fields",
    [
        {"value": ""},
        {"value": "ab"},
        {"value": LEAKED, "kind": "heron"},
        {"value": LEAKED * 30},
        {"value": "\n".join(f"heron {number}" for number in range(51))},
        {"value": f"{LEAKED}\tPERSON"},
        {"value": LEAKED, "list": "/etc/heron"},
        {"value": LEAKED, "list": "../ours.txt"},
        {"value": LEAKED, "project": "heron"},
    ],
)
def test_what_is_no_value_is_refused_and_not_shown(site, fields, caplog):
    answer = site.send("/leak", **fields)
    assert answer.status_code == 400
    assert "heron" not in answer.text + caplog.text
    assert (site.folder / "ours.txt").read_text() == "Project Falcon\n"


def test_of_several_lists_one_is_chosen(tmp_path, monkeypatch):
    for name in ("ours.txt", "more.txt"):
        (tmp_path / name).write_text("")
    second = {**RULES[3], "always_redact": "more.txt"}
    with open_site(tmp_path, monkeypatch, rules=[RULES[0], second]) as site:
        assert site.send("/leak", value=LEAKED).status_code == 400
        told = site.send("/leak", value=LEAKED, list=str(tmp_path / "more.txt")).text
        assert "Not every rule is safe from it" in told
    assert ((tmp_path / "ours.txt").read_text(), len((tmp_path / "more.txt").read_text().splitlines())) == ("", 1)


def test_what_is_missing_is_told(tmp_path, monkeypatch, site):
    monkeypatch.delenv("LABELGUARD_LIST_KEY_FILE")
    page = site.get("/leak", ADMIN)
    assert (page.status_code, "labelguard privacy key FILE makes a key" in page.text) == (200, True)
    assert "<form" not in page.text
    (tmp_path / "none").mkdir()
    with open_site(tmp_path / "none", monkeypatch) as without:
        assert "no rule and no profile of the policy has always_redact" in without.get("/leak", ADMIN).text
    (site.folder / "policy.yaml").write_text(HOSTILE)
    page = site.get("/leak", ADMIN)
    assert (page.status_code, "Nothing can be reported yet" in page.text) == (200, True)
    assert "<script" not in page.text


def test_a_report_after_which_the_policy_does_not_hold_says_so(site, monkeypatch):
    token = site.token("/leak", ADMIN, "/leak")
    monkeypatch.setattr("backend.server.console.leaks.Policy", Broken)
    answer = site.client.post("/console/leak", data={"token": token, "value": LEAKED}, auth=ADMIN)
    assert "cannot come into force" in answer.text


class Broken:
    @classmethod
    def load(cls, file):
        file.write_text("nonsense: [")
        return Policy.load(file)


FIELDS = st.dictionaries(
    st.sampled_from(["value", "kind", "list", "project", "x"]),
    st.text(max_size=30) | st.sampled_from(["PERSON", "12", "9" * 15, "heron grey\x00", "a\tPERSON", "hmac-sha256:0"]),
)


def test_nothing_that_is_reported_is_an_error_of_ours(knowing):
    token = knowing.token("/leak", ADMIN, "/leak")

    @given(FIELDS)
    @settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(fields):
        encoded = {key: value.encode("utf-8", "replace") for key, value in fields.items()}
        answer = knowing.client.post("/console/leak", data={"token": token, **encoded}, auth=ADMIN)
        assert answer.status_code in (200, 400)

    tried()
