"""The console's pages by a real server: who sees what, under which headers, and what is nowhere else."""

import logging
import re
from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from backend.budget.tables import SPEND
from backend.labelstudio.types import Task
from backend.queue.entries import Ended, Source
from backend.queue.queue import TaskQueue
from backend.record.journal import Record
from backend.record.tables import ENTRIES
from backend.server.console import console as module
from backend.store import writing
from tests.parts import ENTITIES, SECRET
from tests.record import attempt, outcome
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, VIEWER, open_site

PAGES = ("", "/policy", "/today", "/record", "/quality")
FILES = ("/style.css", "/icon.svg")
POSTS = ("", "/retry", "/record", "/sent")


def fail_tasks(site, project, count=2):
    """Have tasks of a project fail whose text is kept."""
    queue = TaskQueue(site.store, SECRET)
    tasks = [Task({"text": f"{CANARY} {number}"}, {}, str(number)) for number in range(count)]
    source = Source("<View/>", project)
    ended = [
        Ended(queue.entries.name(source, "v", task), task, "failed", "provider_down", f"{HOSTILE} - see its log", 0)
        for task in tasks
    ]
    queue.settle("click", source, "v", ended, keeps=True)
    return queue.board


def record_attempt(site, task=1, **said):
    with Record.open(site.store) as record:
        record.end(outcome(record.begin(attempt(task, **said))))


@pytest.mark.parametrize("path", [*PAGES, *FILES])
def test_each_page_is_for_users_alone(site, path):
    for user in (VIEWER, ADMIN):
        assert site.get(path, user).status_code == 200
    for stranger in (None, ("viewer", "wrong"), ("viewer", ADMIN[1]), ("nobody", VIEWER[1]), ("", "")):
        answer = site.get(path, stranger)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith('Basic realm="labelguard console"')


@pytest.mark.parametrize("path", [*PAGES, *FILES])
@pytest.mark.parametrize("user", [VIEWER, None])
def test_no_page_is_framed_kept_or_lets_anything_in(site, path, user):
    headers = site.get(path, user).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in headers


def test_pages_hold_no_script_and_no_style_of_their_own(site):
    for path in PAGES:
        page = site.get(path, ADMIN).text
        assert "<script" not in page
        assert "style=" not in page
        assert "http://" not in page.replace("http://127.0.0.1:9", "")


def test_without_a_password_there_is_no_console(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch, console_viewer_password=None) as site:
        for path in (*PAGES, *FILES):
            assert site.get(path).status_code == 404
            assert site.get(path, None).status_code == 404
        for path in POSTS:
            assert site.client.post(f"/console{path}").status_code == 404


def test_a_user_without_a_password_does_not_exist(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch, console_viewer_password=VIEWER[1]) as site:
        assert site.get("").status_code == 200
        for password in ("", ADMIN[1], VIEWER[1]):
            assert site.get("", ("admin", password)).status_code == 401


def test_what_would_leave_is_shown_and_stands_nowhere_else(site, caplog):
    caplog.set_level(logging.DEBUG)
    answer = site.leave(text=f"{CANARY} met <b>Ann</b>.\r\n{CANARY} left.", project="12", title="Ward <3")
    assert answer.status_code == 200
    assert f">{CANARY}<small>PERSON 0.90</small></mark> met &lt;b&gt;<mark" in answer.text
    assert "[PERSON_1]" in answer.text
    assert "It leaves your network" in answer.text
    assert "path does not hold" in answer.text
    assert CANARY not in "".join(site.get(path, user).text for path in PAGES for user in (VIEWER, ADMIN))
    assert CANARY not in caplog.text
    assert "Ward" not in caplog.text
    for file in site.folder.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
    for path in ("/health", "/metrics", "/versions"):
        assert CANARY not in site.client.get(path).text


def test_with_a_label_config_the_whole_prompt_is_shown(site):
    answer = site.leave(text=f"Seen: {CANARY}.", config=ENTITIES.replace("$text", "$note"))
    assert "The prompt that would leave" in answer.text
    prompt = answer.text.partition("The prompt that would")[2]
    assert CANARY not in prompt
    assert "[PERSON_1]" in prompt


def test_a_rule_that_sends_nothing_is_told(site):
    answer = site.leave(text=CANARY, project="66")
    assert "Nothing is sent." in answer.text
    assert "not for models" in answer.text


def test_a_broken_label_config_is_told(site):
    answer = site.leave(text=CANARY, config="<View><script>")
    assert (answer.status_code, "label config is not valid XML" in answer.text) == (200, True)
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "a" * 100_001},
        {"text": "a", "project": "1" * 201},
        {"text": "a", "title": "one\r\nx-evil: 1"},
        {"text": "a", "field": "a\x00b"},
        {"text": "a", "config": "<" * 100_001},
        {"text": "a", **{f"more{number}": "" for number in range(30)}},
    ],
)
def test_a_form_has_bounds(site, fields):
    answer = site.leave(**fields)
    assert answer.status_code == 400
    assert "x-evil" not in answer.headers
    assert "a" * 65 not in answer.text


def test_a_form_that_is_too_long_is_not_read(site):
    body = b"text=" + b"a" * (2 * 2**20)
    assert site.client.post("/console", content=body, auth=VIEWER).status_code == 413


def test_so_many_texts_are_looked_at_at_a_time(site, monkeypatch):
    monkeypatch.setattr(module, "MOST_PREVIEWS", 0)
    answer = site.leave(text=CANARY)
    assert (answer.status_code, "too many texts" in answer.text) == (503, True)
    assert CANARY not in answer.text


def test_a_text_waits_until_all_is_loaded_and_other_pages_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOADING_S", 0)
    loaded: Future[None] = Future()
    with open_site(tmp_path, monkeypatch, loaded) as site:
        assert [site.get(path).status_code for path in PAGES] == [200] * len(PAGES)
        assert site.leave(text=CANARY).status_code == 503
        loaded.set_result(None)
        assert site.leave(text=CANARY).status_code == 200


def test_a_form_of_another_site_or_user_changes_nothing(site):
    board = fail_tasks(site, "12")
    good = {"project": "12", "token": site.token("/today", ADMIN, "/retry")}
    assert good["token"]
    old = good["token"].replace(good["token"].partition(".")[0], "1000000000")
    tries = [
        ({"project": "12"}, ADMIN, {}),
        ({**good, "token": ""}, ADMIN, {}),
        ({**good, "token": old}, ADMIN, {}),
        ({**good, "token": good["token"][:-1] + "é"}, ADMIN, {}),
        ({**good, "token": site.token("/record", ADMIN, "/record")}, ADMIN, {}),
        ({**good, "token": site.token("", VIEWER, "")}, ADMIN, {}),
        ({**good, "project": "13"}, ADMIN, {}),
        (good, VIEWER, {}),
        (good, ADMIN, {"origin": "https://evil.example"}),
        (good, ADMIN, {"sec-fetch-site": "cross-site"}),
        (good, ADMIN, {"sec-fetch-site": "same-site"}),
        (good, ADMIN, {"sec-fetch-site": "none"}),
        (good, None, {}),
    ]
    for fields, user, headers in tries:
        answer = site.client.post("/console/retry", data=fields, auth=user, headers=headers)
        assert answer.status_code == (401 if user is None else 403)
    assert site.client.get("/console/retry", params=good, auth=ADMIN).status_code == 405
    assert [job.failed for job in board.jobs()] == [2]


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"sec-fetch-site": "same-origin", "origin": "null"}])
def test_the_administrator_has_failed_tasks_tried_again(site, headers):
    board = fail_tasks(site, "12")
    assert site.token("/today", VIEWER, "/retry") == ""
    fields = {"project": "12", "token": site.token("/today", ADMIN, "/retry")}
    answer = site.client.post("/console/retry", data=fields, auth=ADMIN, headers=headers)
    assert "Project 12: 2 tasks are queued again." in answer.text
    assert [(job.queued, job.failed) for job in board.jobs()] == [(2, 0)]


def test_what_others_named_is_escaped_on_each_page(site):
    """A rule has a hostile name already; projects, models and fields get one."""
    fail_tasks(site, HOSTILE)
    record_attempt(site, rule=HOSTILE, provider=HOSTILE, model=HOSTILE, project="12")
    pages = [site.get(path, ADMIN) for path in PAGES]
    pages.append(site.get(f"/record?rule={HOSTILE}&provider={HOSTILE}", ADMIN))
    pages.append(site.leave(text=f"{CANARY} {HOSTILE}", field=HOSTILE, title=HOSTILE, project=HOSTILE, path=HOSTILE))
    for page in pages:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
    for page in pages[1:]:
        assert "&lt;script&gt;" in page.text or "<h1>Quality" in page.text


def test_the_record_is_checked_when_it_is_asked_for(site):
    record_attempt(site)
    assert "Not checked" in site.get("/record").text
    fields = {"token": site.token("/record", VIEWER, "/record")}
    assert site.client.post("/console/record", data={"token": "1.2"}, auth=VIEWER).status_code == 403
    answer = site.client.post("/console/record", data=fields, auth=VIEWER).text
    assert "As it was written" in answer
    assert "up to entry 2" in answer
    assert "As it was written" in site.get("/record").text


@pytest.mark.parametrize(
    "query",
    ["before=0", "before=-1", "before=x", "before=9999999999999999", "day=2026-13-01", "day=today", "outcome=lost"],
)
def test_a_wrong_parameter_is_refused(site, query):
    assert site.get(f"/record?{query}").status_code == 400


def test_the_policy_in_force_is_shown_and_its_file_with_its_problems(site):
    page = site.get("/policy").text
    assert "is in force, and has no errors" in page
    for words in (
        "team b",
        "path team-b",
        "vendor, then own",
        "leaves your network",
        "nothing is sent: not for models",
    ):
        assert words in page
    file = site.folder / "policy.yaml"
    before = file.read_text()
    file.write_text(before.replace("path:", "paht:"))
    page = site.get("/policy").text
    assert "The file as it stands is not in force" in page
    assert "paht" in page
    assert "path team-b" in page  # what is in force
    file.write_text(before.replace("team b", "team c"))
    page = site.get("/policy").text
    assert "is not in force yet" in page
    assert "team c" not in page.partition("<h2>Rules")[2].partition("<h2>Providers")[0]


def test_today_says_what_was_sent_spent_and_why_tasks_failed(site):
    fail_tasks(site, "12")
    day = datetime.now(UTC).date()
    who = {"rule": "r", "project": "7", "provider": "vendor", "model": "gpt", "day": day}
    counts = {"requests": 1234, "failures": 2, "tokens_in": 5, "tokens_out": 6, "unpriced": 1, "cost": 2_500_000_000}
    with writing(site.store) as connection:
        connection.execute(insert(SPEND).values({**who, **counts}))
    page = site.get("/today").text
    for words in ("1,234", "2.5000", "see its log", "provider_down", "have no known price"):
        assert words in page
    assert "<td>7</td>" not in page  # it is a row's head
    assert "1,234" in site.get("/policy").text.partition("Which rule took which project")[2]


def test_the_record_is_filtered_and_paged(site):
    with Record.open(site.store) as record:
        for number in range(1, 61):
            record.end(outcome(record.begin(attempt(number, project="7" if number % 2 else "8"))))
    first = site.get("/record").text
    assert first.count("<tr>") == 51
    (older,) = re.findall(r'href="/console(/record\?before=\d+)"', first)
    assert site.get(older).text.count("<tr>") == 11
    today = datetime.now(UTC).date().isoformat()
    for query, count in (
        ("project=7", 30),
        ("project=7&provider=none", 0),
        ("outcome=answered&project=8", 30),
        ("outcome=failed", 0),
        (f"day={today}&rule=Cardiology: names go out as surrogates&project=7", 30),
        ("day=2020-01-01", 0),
        ("day=9999-12-31", 0),
        ("day=0001-01-01", 0),
    ):
        assert max(0, site.get(f"/record?{query}").text.count("<tr>") - 1) == count, query


def test_a_record_that_was_changed_is_told(site):
    record_attempt(site)
    with writing(site.store) as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 1).values(body=HOSTILE))
    answer = site.get("/record")
    assert (answer.status_code, "entry 1 cannot be read" in answer.text) == (200, True)
    fields = {"token": site.token("/record", VIEWER, "/record")}
    answer = site.client.post("/console/record", data=fields, auth=VIEWER)
    assert "entry 1 was changed: it is no entry any more" in answer.text
    assert "As it was written" not in answer.text
    assert "<script" not in answer.text


PARAMETERS = st.dictionaries(
    st.sampled_from(["project", "rule", "provider", "outcome", "day", "before", "x\r\ny: z"]),
    st.text() | st.sampled_from(["0001-01-01", "9999-12-31", "1", "answered", "\r\nx-evil: 1", "%00", "' OR 1=1--"]),
)


def test_no_parameter_is_an_error_of_ours(site):
    record_attempt(site)

    @given(PARAMETERS)
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(parameters):
        encoded = {key: value.encode("utf-8", "replace") for key, value in parameters.items()}
        for path in PAGES:
            answer = site.client.get(f"/console{path}", params=encoded, auth=VIEWER)
            assert answer.status_code in (200, 400)
            assert "x-evil" not in answer.headers
        answer = site.client.post("/console", data=encoded, auth=VIEWER)
        assert answer.status_code in (400, 403)

    tried()


PASTED = st.fixed_dictionaries(
    {
        "text": st.text(max_size=40)
        | st.sampled_from(["", "\x00", "\ufdd0 \u202e", "[PERSON_1]", "{{ 7 * 7 }}", "$text"])
    },
    optional={
        "config": st.text(max_size=40) | st.sampled_from([ENTITIES, ENTITIES.replace("$text", "$a.b[0]"), "<View/>"]),
        "field": st.text(max_size=10) | st.sampled_from(["a.b", "__class__", "$text"]),
        "project": st.text(max_size=10) | st.sampled_from(["66", "12.1795417599"]),
        "path": st.text(max_size=10) | st.sampled_from(["team-b", "/team-b/", "../.."]),
        "title": st.text(max_size=10),
    },
)


def test_nothing_that_is_pasted_is_an_error_of_ours(site):
    token = site.token("", VIEWER, "")

    @given(PASTED)
    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(fields):
        encoded = {key: value.encode("utf-8", "replace") for key, value in fields.items()}
        answer = site.client.post("/console", data={"token": token, **encoded}, auth=VIEWER)
        assert answer.status_code in (200, 400)
        assert answer.headers["cache-control"] == "no-store"

    tried()
