"""What would leave of a task that is taken from Label Studio: shown to whoever asked, and nowhere else."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.seams.providers import Vendor
from tests.studio import CANARY as FOREIGN
from tests.studio import Studio
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, RULES, VIEWER, open_site


@pytest.fixture
def studio():
    own = Studio(range(1, 4))
    own.text = lambda task: f"{CANARY} met <b>nobody</b>, {task}"
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


def take(site, user=ADMIN, **fields):
    token = site.token("", user, "/task")
    return site.client.post("/console/task", data={"token": token, **fields}, auth=user)


def test_a_task_is_shown_with_its_projects_config_and_stands_nowhere_else(site, studio, caplog):
    caplog.set_level(logging.DEBUG)
    answer = take(site, task_project="12", task="2")
    assert answer.status_code == 200
    assert f">{CANARY}<small>PERSON 0.90</small></mark> met &lt;b&gt;nobody&lt;/b&gt;, 2" in answer.text
    prompt = answer.text.partition("The prompt that would leave")[2]
    assert "[PERSON_1]<small>" in prompt
    assert CANARY not in prompt
    assert answer.headers["cache-control"] == "no-store"
    assert all(method == "GET" for method, *_ in studio.asked)
    assert FOREIGN not in answer.text
    assert CANARY not in caplog.text
    assert "nobody" not in caplog.text
    site.holds_nowhere(CANARY)


def test_its_path_and_title_are_what_rules_ask_about(tmp_path, monkeypatch, vendor):
    rules = [{**RULES[0], "match": {"path": ["team-b"], "title": "Ward"}}, RULES[2]]
    with open_site(tmp_path, monkeypatch, rules=rules, access=vendor.address) as site:
        assert "It stays in your network" in take(site, task_project="12", task="2", task_path="/team-b/").text
        assert "It leaves your network" in take(site, task_project="12", task="2").text


def test_a_rule_that_sends_nothing_is_told_of_a_task(site):
    answer = take(site, task_project="66", task="1").text
    assert "Nothing is sent." in answer
    assert "not for models" in answer


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "it takes the number of a project and that of a task"),
        ({"task_project": "12"}, "it takes the number of a project and that of a task"),
        ({"task_project": "12", "task": "99"}, "project 12 has no task 99"),
        ({"task_project": "12", "task": "canary"}, "task is no number"),
        ({"task_project": "12/../13", "task": "1"}, "task_project is no number"),
        ({"task_project": "12", "task": "1", "task_path": "a\r\nx-evil: 1"}, "task_path is longer"),
    ],
)
def test_what_is_no_task_is_refused(site, fields, said):
    answer = take(site, **fields)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert "x-evil" not in answer.headers


def test_what_label_studio_does_not_give_is_told(site, vendor):
    vendor.respond = lambda head, body: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    answer = take(site, task_project="12", task="1")
    assert (answer.status_code, "Label Studio" in answer.text) == (400, True)
    vendor.respond = lambda head, body: b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
    answer = take(site, task_project="12", task="1")
    assert (answer.status_code, "Label Studio" in answer.text) == (502, True)


def test_it_is_for_the_administrator_alone(site, vendor):
    good = {"task_project": "12", "task": "1", "token": site.token("", ADMIN, "/task")}
    assert good["token"]
    assert site.token("", VIEWER, "/task") == ""
    tries = [
        (good, VIEWER, {}, 403),
        (good, None, {}, 401),
        ({**good, "token": ""}, ADMIN, {}, 403),
        ({**good, "token": site.token("", ADMIN, "")}, ADMIN, {}, 403),
        (good, ADMIN, {"sec-fetch-site": "cross-site"}, 403),
        (good, ADMIN, {"origin": "https://evil.example"}, 403),
    ]
    for fields, user, headers, status in tries:
        answer = site.client.post("/console/task", data=fields, auth=user, headers=headers)
        assert answer.status_code == status
        assert CANARY not in answer.text
    assert site.client.get("/console/task", params=good, auth=ADMIN).status_code == 405
    assert vendor.requests == []


def test_without_access_to_label_studio_there_is_no_form(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch) as site:
        page = site.get("", ADMIN).text
        assert "/console/task" not in page
        assert "LABELGUARD_LABEL_STUDIO_URL" in page


FIELDS = st.dictionaries(
    st.sampled_from(["task_project", "task", "task_path", "text", "x"]),
    st.text(max_size=12) | st.sampled_from(["12", "1", "9" * 15, "9" * 16, "-1", HOSTILE, "%00", "٣"]),
)


def test_nothing_that_is_asked_for_is_an_error_of_ours(site):
    token = site.token("", ADMIN, "/task")

    @given(FIELDS)
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(fields):
        encoded = {key: value.encode("utf-8", "replace") for key, value in fields.items()}
        answer = site.client.post("/console/task", data={"token": token, **encoded}, auth=ADMIN)
        assert answer.status_code in (200, 400)
        assert "<script" not in answer.text

    tried()
