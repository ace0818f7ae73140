"""A policy that is pasted and tried on tasks of this week: what it would do otherwise is told, and that is all."""

import logging
import re
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.record.journal import Record
from backend.server.console import trial as module
from backend.server.console.policy_history import policy_history
from backend.server.console.trial import recent_tasks
from tests.record import attempt, outcome, refusal
from tests.seams.providers import Vendor
from tests.studio import CANARY as FOREIGN
from tests.studio import Studio
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, RULES, VIEWER, open_site

SECRET_WORDS = "words of a task"


@pytest.fixture
def studio():
    own = Studio(range(1, 6))
    own.text = lambda task: f"{CANARY} wrote {SECRET_WORDS}, {task}"
    return own


@pytest.fixture
def vendor(studio):
    with Vendor.running() as running:
        running.respond = studio.respond
        yield running


@pytest.fixture
def site(tmp_path, monkeypatch, vendor):
    with open_site(tmp_path, monkeypatch, access=vendor.address) as running:
        yield running


def record(site, *attempts):
    with Record.open(site.store) as journal:
        for one in attempts:
            journal.end(outcome(journal.begin(one)))


def pasted(site, change):
    """Return the policy in force as text, with a change of its data."""
    data = yaml.safe_load((site.folder / "policy.yaml").read_text())
    change(data)
    return yaml.safe_dump(data)


def own_first(data):
    data["rules"][2]["providers"] = ["own"]


def rows(page):
    table = page.partition("<caption>What differs")[2].partition("</table>")[0]
    return [tuple(re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)) for row in table.split("<tr>")[2:]]


def test_what_another_policy_would_do_otherwise_is_told(site, studio, caplog):
    caplog.set_level(logging.DEBUG)
    record(site, attempt(1), attempt(3), attempt(99), attempt(3), attempt(2, project="66"))
    before = (site.folder / "policy.yaml").read_bytes()
    answer = site.send("/trial", policy=pasted(site, own_first))
    assert answer.status_code == 200
    told = answer.text.replace("\n", " ")
    assert "2 of 3 tasks are treated otherwise." in told
    assert "1 more were not tried" in told
    assert rows(answer.text) == [
        ("asked", "vendor, then own", "own", "2", "3, 1"),
        ("leaves your network", "yes", "no", "2", "3, 1"),
    ]
    assert all(method == "GET" for method, *_ in studio.asked)
    assert (site.folder / "policy.yaml").read_bytes() == before
    assert "vendor, then own" in site.get("/policy").text.partition("<h2>Rules")[2]
    for words in (CANARY, SECRET_WORDS, FOREIGN):
        assert words not in answer.text + caplog.text
    site.holds_nowhere(SECRET_WORDS)


def test_a_policy_that_does_the_same_says_so(site):
    record(site, attempt(1))
    answer = site.send("/trial", policy=pasted(site, lambda data: None)).text.replace("\n", " ")
    assert "0 of 1 tasks are treated otherwise." in answer
    assert "What differs" not in answer


def test_replacement_and_refusal_are_told(site):
    record(site, attempt(1), attempt(2, project="13"))

    def change(data):
        data["rules"][2]["operators"] = {"PERSON": "mask"}
        data["rules"].insert(0, {"name": HOSTILE, "match": {"project": ["13"]}, "refuse": "no"})

    answer = site.send("/trial", policy=pasted(site, change)).text
    told = rows(answer)
    assert ("PERSON replaced", "1 by placeholder", "1 by mask", "1", "1") in told
    assert ("refusal", "none", "refused", "1", "2") in told
    assert "<script" not in answer
    assert "&lt;script&gt;" in answer


def test_a_project_alone_and_a_path(site):
    record(site, attempt(1), attempt(2, project="13"))
    answer = site.send("/trial", policy=pasted(site, own_first), project="13").text.replace("\n", " ")
    assert "1 of 1 tasks are treated otherwise." in answer
    answer = site.send("/trial", policy=pasted(site, own_first), path="/team-b/").text.replace("\n", " ")
    assert "0 of 2 tasks are treated otherwise." in answer


def test_a_file_with_errors_is_told_and_tried_on_nothing(site, vendor):
    record(site, attempt(1))
    answer = site.send("/trial", policy=f"version: 1\nrules: {HOSTILE}").text
    assert "It cannot come into force" in answer
    assert "<script" not in answer
    assert vendor.requests == []


def test_it_reads_no_file_that_the_policy_in_force_has_not(site, tmp_path):
    (site.folder / "other.txt").write_text("Ann\n")
    (tmp_path / "secret.yaml").write_text("version: 1\nproviders: {}\nrules: []\n")
    record(site, attempt(1))
    for name in ("other.txt", "/etc/passwd", str(tmp_path / "state.db"), "../../../../etc/passwd"):
        answer = site.send("/trial", policy=pasted(site, lambda data, n=name: data["rules"][2].update(always_redact=n)))
        assert "It cannot come into force" in answer.text, name
        assert "root:" not in answer.text
    answer = site.send("/trial", policy=pasted(site, lambda data: data.update(extends=["secret"])))
    assert "there is no policy secret" in answer.text
    answer = site.send("/trial", policy=pasted(site, lambda data: data.update(extends=["pci-dss"])))
    assert "It has no errors" in answer.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["rules"][2].update(detection={"model": "own"}), "a guard would be asked"),
        (
            lambda data: data["rules"][2].update(detection={"profile": "fast"}),
            "in a way that the policy in force has not",
        ),
        (lambda data: data["rules"][2].update(fetch={"hosts": ["evil.example"]}), "it fetches from other hosts"),
        (lambda data: data["rules"][2].update(fetch={"label_studio": True}), "it fetches from other hosts"),
    ],
)
def test_what_would_reach_beyond_the_server_is_not_tried(site, vendor, change, said):
    record(site, attempt(1))
    answer = site.send("/trial", policy=pasted(site, change))
    assert (answer.status_code, said in answer.text) == (200, True)
    assert vendor.requests == []


def test_lists_of_the_policy_in_force_are_read(tmp_path, monkeypatch, vendor):
    (tmp_path / "ours.txt").write_text("wrote words\tCUSTOM\n")
    rules = [
        {**RULES[2], "name": "seven", "match": {"project": ["7"]}, "always_redact": "ours.txt"},
        {**RULES[2], "providers": ["vendor"]},
    ]
    with open_site(tmp_path, monkeypatch, rules=rules, access=vendor.address) as site:
        record(site, attempt(1))
        answer = site.send(
            "/trial", policy=pasted(site, lambda data: data["rules"][1].update(always_redact="ours.txt"))
        )
        assert ("CUSTOM added by always_redact", "no", "1", "1", "1") in rows(answer.text)
        assert "wrote words" not in answer.text


def test_without_tasks_the_file_alone_is_looked_at(site, tmp_path, monkeypatch, vendor):
    assert "the record has no task of this week" in site.send("/trial", policy=pasted(site, own_first)).text
    record(site, attempt(1))
    vendor.respond = lambda head, body: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    answer = site.send("/trial", policy=pasted(site, own_first)).text
    assert "0 of 0 tasks" in answer
    assert "project 12: Label Studio" in answer
    (tmp_path / "none").mkdir()
    with open_site(tmp_path / "none", monkeypatch) as without:
        answer = without.send("/trial", policy=pasted(without, own_first)).text
        assert "It has no errors" in answer
        assert "does not know where Label Studio is" in answer
        assert "Rules of what was pasted" in answer


def test_so_many_tasks_of_a_week_are_tried_and_so_long(site, monkeypatch):
    record(site, *(attempt(n, project=str(n)) for n in range(1, 14)), *(attempt(n) for n in range(1, 4)))
    with Record.open(site.store) as journal:
        journal.refuse(refusal(5))
    found = recent_tasks(site.store, None)
    assert list(found) == [12, 13, *range(11, 3, -1)]
    assert found[12] == [5, 3, 2, 1, 12]
    assert recent_tasks(site.store, 3) == {3: [3]}
    assert recent_tasks(site.store, None, datetime.now(UTC) + timedelta(days=8)) == {}
    monkeypatch.setattr(module, "MOST_TRIED", 4)
    assert recent_tasks(site.store, None) == {12: [5, 3, 2, 1]}
    monkeypatch.setattr(module, "TRIAL_S", -1)
    answer = site.send("/trial", policy=pasted(site, own_first)).text.replace("\n", " ")
    assert "4 more were not tried" in answer


def test_it_is_for_the_administrator_alone(site, vendor):
    record(site, attempt(1))
    assert site.get("/trial", VIEWER).status_code == 403
    assert "/console/trial" not in site.get("/policy", VIEWER).text
    assert "/console/trial" in site.get("/policy", ADMIN).text
    good = {"policy": pasted(site, own_first), "token": site.token("/trial", ADMIN, "/trial")}
    assert good["token"]
    tries = [
        (good, VIEWER, {}, 403),
        (good, None, {}, 401),
        ({**good, "token": ""}, ADMIN, {}, 403),
        ({**good, "token": site.token("/record", ADMIN, "/record")}, ADMIN, {}, 403),
        (good, ADMIN, {"sec-fetch-site": "cross-site"}, 403),
    ]
    for fields, user, headers, status in tries:
        assert site.client.post("/console/trial", data=fields, auth=user, headers=headers).status_code == status
    assert vendor.requests == []


FIELDS = st.dictionaries(
    st.sampled_from(["policy", "project", "path", "x"]),
    st.text(max_size=40)
    | st.sampled_from(
        ["12", "-1", "\x00", "version: 1", "version: 1\nrules: []", "a: &a [*a]", "!!python/name:os", "[" * 90]
    ),
)


def test_nothing_that_is_tried_is_an_error_of_ours(site):
    token = site.token("/trial", ADMIN, "/trial")

    @given(FIELDS)
    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(fields):
        encoded = {key: value.encode("utf-8", "replace") for key, value in fields.items()}
        answer = site.client.post("/console/trial", data={"token": token, **encoded}, auth=ADMIN)
        assert answer.status_code in (200, 400)
        assert "<script" not in answer.text

    tried()


def test_what_the_last_change_did_is_told_from_the_record(site):
    assert "Nothing was sent or refused under any policy" in site.get("/policy").text
    old, new = "a" * 64, "b" * 64
    record(site, attempt(1, policy=old), attempt(2, policy=old, project="7"), attempt(3, policy=old, project="9"))
    page = site.get("/policy").text
    assert "Of the policy in force there is nothing yet" in page
    assert "Projects with which something else" not in page
    moved: dict[str, Any] = {"policy": new, "rule": HOSTILE, "provider": "own", "external": False}
    record(site, attempt(1, **moved), attempt(2, policy=new, project="7"))
    with Record.open(site.store) as journal:
        journal.refuse(refusal(4, policy=new, project="8"))
    page = site.get("/policy").text
    assert re.findall(r"<code>(\w+)…</code>", page) == [new[:12], old[:12]]
    assert "<td>1 blocked</td>" in page
    table = page.partition("Projects with which something else is done")[2].partition("</table>")[0]
    assert table.count("<tr>") == 2
    assert "openai (leaves)" in table
    assert "own (stays)" in table
    assert "<script" not in page
    found = policy_history(site.store, new)
    assert (found.is_current, found.common, found.looked) == (True, 2, 6)
    assert [(one.left, one.stayed, one.refused) for one in found.uses] == [(1, 1, 1), (3, 0, 0)]


def test_a_change_that_moved_nothing_says_so(site):
    record(site, attempt(1, policy="a" * 64), attempt(1, policy="b" * 64))
    assert "each goes by the same rule to the same models as before" in site.get("/policy").text


def test_the_pasted_file_may_be_where_the_policys_folder_is_gone(site):
    record(site, attempt(1))
    text = pasted(site, own_first)
    token = site.token("/trial", ADMIN, "/trial")
    shutil.move(site.folder / "policy.yaml", site.folder / "away.yaml")
    answer = site.client.post("/console/trial", data={"token": token, "policy": text}, auth=ADMIN)
    assert "1 of 1 tasks are treated otherwise." in answer.text.replace("\n", " ")
