"""The console and real Label Studio: a task that is taken, tasks that hold what leaked, and a policy that is tried."""

import re

import pytest
import yaml

from backend.record.journal import Record
from tests.parts import SENTIMENT
from tests.record import attempt, outcome
from tests.unit.server.console.conftest import ADMIN, CANARY, RULES, open_site

pytestmark = pytest.mark.label_studio

LEAKED = "grey heron"
TITLE = "Ward <7>"


@pytest.fixture
def project(label_studio):
    """A project's number and those of its tasks, of which the second and the third hold what leaked."""
    number = label_studio.api.create_project(TITLE, SENTIMENT)
    texts = [f"{CANARY} came.", f"A {LEAKED} came.", "A Grey  Heron left.", "Nobody came."]
    return number, label_studio.api.import_tasks(number, *({"text": text} for text in texts))


@pytest.fixture
def site(tmp_path, monkeypatch, label_studio, project):
    (tmp_path / "ours.txt").write_text("")
    rules = [{**RULES[0], "match": {"title": TITLE}, "always_redact": "ours.txt"}, RULES[2]]
    with open_site(tmp_path, monkeypatch, rules=rules, access=label_studio.url) as running:
        with Record.open(running.store) as record:
            for task in project[1][:2]:
                record.end(outcome(record.begin(attempt(task, project=str(project[0])))))
        yield running


def test_a_task_is_taken_with_its_projects_config_and_title(site, project):
    number, tasks = project
    token = site.token("", ADMIN, "/task")
    fields = {"token": token, "task_project": number, "task": tasks[0]}
    answer = site.client.post("/console/task", data=fields, auth=ADMIN)
    assert answer.status_code == 200
    assert f">{CANARY}<small>PERSON" in answer.text
    assert "It stays in your network" in answer.text  # as the rule says that asks for the title
    assert "mood" in answer.text.partition("The prompt that would")[2]
    fields = {"token": token, "task_project": number + 1000, "task": tasks[0]}
    assert site.client.post("/console/task", data=fields, auth=ADMIN).status_code == 400
    fields = {"token": token, "task_project": number, "task": tasks[-1] + 1000}
    assert site.client.post("/console/task", data=fields, auth=ADMIN).status_code == 400


def test_tasks_that_were_sent_and_hold_what_leaked_are_found(site, project):
    number, tasks = project
    told = site.send("/leak", value=LEAKED, project=str(number)).text.partition("What was sent with it")[2]
    assert "2 were read in Label Studio" in told
    assert re.findall(r'<th scope="row" class="n">(\d+)</th>', told) == [str(tasks[1])]


def test_a_policy_is_tried_on_tasks_that_were_sent(site):
    policy = yaml.safe_load((site.folder / "policy.yaml").read_text())
    policy["rules"][0]["providers"] = ["vendor"]
    told = site.send("/trial", policy=yaml.safe_dump(policy)).text.replace("\n", " ")
    assert "2 of 2 tasks are treated otherwise." in told
    assert CANARY not in told
