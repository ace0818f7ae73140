"""`labelguard preview`: a report of what would leave, without what was found, and without anything that runs."""

import json
import re
import stat
from typing import Any

import pytest
import yaml

from backend.labelstudio.api import calls
from tests import command
from tests.parts import SENTIMENT, without_hashes
from tests.seams.providers import Vendor
from tests.studio import CANARY, Studio

QUICK: dict[str, Any] = {"detection": {"profile": "fast", "languages": ["en"], "unknown_language": "patterns"}}
CLOUD: dict[str, Any] = {"kind": "openai", "model": "gpt-x", "external": True, "key": {"env": "CLOUD_KEY"}}
OURS: dict[str, Any] = {
    "kind": "litellm",
    "model": "ollama/qwen",
    "address": "http://10.0.0.1:11434",
    "external": False,
}
PRICED: dict[str, Any] = {"price": {"input": 1, "output": 2}}
RULES: list[dict[str, Any]] = [
    {"name": "psychiatry", "match": {"fields": {"department": "psychiatry"}}, "refuse": "labeled by hand"},
    {"name": "ward", "match": {"fields": {"department": "ward"}}, "providers": ["ours"], "redact": False},
    {
        "name": "letters",
        "match": "everything",
        "providers": ["cloud", "ours"],
        **QUICK,
        "keep": ["IP_ADDRESS"],
        "operators": {"CREDIT_CARD": "block", "EMAIL_ADDRESS": "mask"},
        "withhold": ["secret"],
    },
]
TASKS: list[dict[str, Any]] = [
    {"id": 11, "data": {"text": "Write to canary-1@example.org or to canary-2@example.org today."}},
    {"id": 12, "data": {"text": "All is well, and nobody was named here."}},
    {"id": 13, "data": {"text": "Paid with 4111 1111 1111 1111."}},
    {"id": 14, "data": {"text": "The server at 10.20.30.44 writes to canary-3@example.org."}},
    {"id": 15, "data": {"text": "Mr. Canary is calm.", "department": "psychiatry"}},
    {"id": 16, "data": {"text": "Mr. Canary's room is cold.", "department": "ward"}},
    {"id": 17, "data": {"text": " "}},
    {"id": "canary-18", "data": {"canary-field": "canary", "text": "Well. canary-8001", "secret": "canary-8001"}},
    {"id": 19, "data": {"text": "Call +1 212 555 0147."}, "meta": {"canary-meta": "canary"}},
]
TITLE = "The canary's project"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.xml").write_text(SENTIMENT)
    (tmp_path / "tasks.json").write_text(json.dumps(TASKS))
    write_rules(tmp_path, RULES)
    return tmp_path


def write_rules(folder, rules, **providers):
    said = {"version": 1, "providers": {"cloud": CLOUD | PRICED, "ours": OURS, **providers}, "rules": rules}
    (folder / "policy.yaml").write_text(yaml.safe_dump(said))


def preview(folder, *words, code=1, project="12"):
    files = (folder / "tasks.json", "--config", folder / "config.xml", "--policy", folder / "policy.yaml")
    written = ("--report", folder / "out.html", "--json", folder / "out.json")
    done = command.run("preview", *files, "--project", project, *written, *words)
    assert done.returncode == code, done.stderr
    return done, (folder / "out.html").read_text(), json.loads((folder / "out.json").read_text())


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report of the tasks above: what was printed, the page, and the JSON."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "config.xml").write_text(SENTIMENT)
    (folder / "tasks.json").write_text(json.dumps(TASKS))
    write_rules(folder, RULES)
    return folder, *preview(folder, "--title", TITLE)


def test_who_gets_what_is_counted(told):
    _, done, page, said = told
    assert said["tasks"] == {"all": 9, "sent": 6, "leaving": 5, "spared": 0, "refused": 2, "unreadable": 1}
    rows = {(one["rule"], one["provider"]): one for one in said["recipients"]}
    cloud = rows["letters", "cloud"]
    assert (cloud["tasks"], cloud["calls"], cloud["tasks_if_others_fail"], cloud["external"]) == (5, 5, 0, True)
    assert (rows["letters", "ours"]["tasks"], rows["letters", "ours"]["tasks_if_others_fail"]) == (0, 5)
    assert (rows["ward", "ours"]["tasks"], rows["ward", "ours"]["external"]) == (1, False)
    assert rows["ward", "ours"]["where"] == "10.0.0.1"
    assert "6 of 9 tasks would be sent, in 6 calls\n" in done.stdout
    assert "  5 to cloud by letters: leaves your network\n" in done.stdout
    assert "leaves your network" in page


def test_what_is_refused_is_told_with_tasks_and_remedy(told):
    _, done, _, said = told
    refused = {one["code"]: one for one in said["refused"]}
    assert (refused["blocked"]["tasks"], refused["refused"]["tasks"]) == ("13", "15")
    assert refused["blocked"]["problem"] == "rule 'letters' lets no CREDIT_CARD pass"
    assert refused["blocked"]["remedy"].startswith("label this task by hand")
    assert refused["refused"]["problem"] == "rule 'psychiatry' refuses: labeled by hand"
    (unreadable,) = said["unreadable"]
    assert (unreadable["tasks"], unreadable["problem"]) == ("17", "field 'text' is empty")
    assert "  1 would not: field 'text' is empty - there is nothing to label\n" in done.stdout


def test_what_was_found_is_told_by_type(told):
    *_, said = told
    found = {one["entity_type"]: one for one in said["found"]}
    mails = found["EMAIL_ADDRESS"]
    assert (mails["replaced"], mails["kept"], mails["operators"]) == (3, 0, ["mask"])
    assert all(re.fullmatch(r"[*\W]+", one["shown"]) for one in mails["surest"])
    assert found["CREDIT_CARD"]["refused"] == 1
    (address,) = found["IP_ADDRESS"]["surest"]
    assert (found["IP_ADDRESS"]["kept"], address["shown"], address["task"]) == (1, "█IP_ADDRESS█", "14")
    assert address["before"] == "The server at "
    assert (address["rule"], address["operator"]) == ("letters", "sent as it stands")


def test_samples_are_what_is_sent_and_show_each_type_and_rule(told):
    folder, *_, said = told
    shown = {(one["task"], one["rule"]): one for one in said["samples"]}
    assert {kind for one in said["samples"] for kind in one["entity_types"]} >= {
        "EMAIL_ADDRESS",
        "IP_ADDRESS",
        "PHONE_NUMBER",
    }
    assert {rule for _, rule in shown} == {"letters", "ward"}
    (folder / "one.json").write_text(json.dumps([TASKS[8]]))
    paths = ("--policy", folder / "policy.yaml", "--config", folder / "config.xml", "--task", folder / "one.json")
    explained = json.loads(command.run("policy", "explain", *paths, "--json").stdout)
    (call,) = shown["19", "letters"]["calls"]
    assert [{k: one[k] for k in ("role", "content")} for one in call] == explained["messages"]
    assert shown["16", "ward"]["calls"] == []


def test_the_price_is_that_of_usage_estimate(told):
    folder, *_, said = told
    price = {(one["rule"], one["provider"]): one for one in said["price"]}["letters", "cloud"]
    assert 0 < price["usd_likely"] < price["usd_at_most"]
    paths = ("--policy", folder / "policy.yaml", "--config", folder / "config.xml", "--project", "12")
    lines = command.run("usage", "estimate", folder / "tasks.json", *paths).stdout.splitlines()
    (row,) = [line.split() for line in lines if line.split()[:2] == ["letters", "cloud"]]
    assert row[-2:] == [f"{price[name]:.6f}".rstrip("0") for name in ("usd_likely", "usd_at_most")]


def test_values_that_were_found_stand_nowhere(told):
    folder, done, page, said = told
    for text in (page, json.dumps(said), done.stdout, done.stderr):
        for value in ("canary", "10.20.30.44", "0147", "4111"):
            assert value not in without_hashes(text.lower())
    for name in ("out.html", "out.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_originals_are_shown_if_they_are_asked_for(folder):
    _, page, said = preview(folder, "--show-originals", "--title", TITLE)
    assert "This page holds originals" in page
    assert said["project"]["title"] == TITLE
    for value in ("canary-1@example.org", "10.20.30.44", "room is cold"):
        assert value in page
        assert value in json.dumps(said)
    assert "canary-meta" not in page


def test_the_same_tasks_give_the_same_page(folder):
    _, page, said = preview(folder)
    done, again, _ = preview(folder)
    assert again == page
    sha = re.search(r"out\.html: sha256 ([0-9a-f]{64})", done.stdout)
    assert sha
    assert said["versions"]["policy"] == "policy.yaml"
    assert re.fullmatch(r"labelguard-[0-9a-f]{12}", said["versions"]["model_version"])
    (folder / "tasks.json").write_text(json.dumps([*TASKS[:1], *TASKS[1:8], {**TASKS[8], "data": {"text": "Well."}}]))
    _, _, other = preview(folder)
    assert other["versions"]["tasks_hash"] != said["versions"]["tasks_hash"]
    assert other["versions"]["policy_hash"] == said["versions"]["policy_hash"]


def test_nothing_that_is_written_runs(folder):
    evil = '<script>alert("x")</script>'
    rules = [{**RULES[2], "name": evil, "withhold": [evil], "providers": ["cloud", "evil"]}]
    write_rules(folder, rules, evil=OURS | {"model": f"ollama/{evil}"})
    text = f"{evil} Write to a@example.org {evil}"
    (folder / "tasks.json").write_text(json.dumps([{"id": evil, "data": {"text": text, evil: evil}}]))
    _, page, said = preview(folder, "--show-originals", "--title", evil, "--path", evil, code=0)
    assert evil in json.dumps(said).replace('\\"', '"')
    assert "&lt;script&gt;" in page
    assert not re.search(r"<(script|img|iframe|object|link|base|form)|\son\w+=|javascript:|https?://", page)
    assert "default-src 'none'; style-src 'sha256-" in page
    assert page.count("<style>") == page.count("</style>") == 1


def test_no_rule_is_a_report_too(folder):
    write_rules(folder, [RULES[2] | {"match": {"project": [7]}}])
    done, page, said = preview(folder)
    assert said["tasks"]["refused"] == 9
    assert said["versions"]["model_version"] == ""
    assert "Nobody would get anything." in page
    assert "no policy rule matches project 12 - add one to policy.yaml" in done.stdout


def test_exit_code_0_if_all_would_be_sent(folder):
    (folder / "tasks.json").write_text(json.dumps(TASKS[:2]))
    done, *_ = preview(folder, code=0)
    assert "2 of 2 tasks would be sent" in done.stdout


def test_a_project_is_read_from_label_studio(folder, monkeypatch):
    monkeypatch.setattr(calls, "FIRST_S", 0.0)
    studio = Studio(range(1, 8))
    studio.text = lambda task: "" if task in (3, 4) else f"Write to canary-{task}@example.org."
    with Vendor.running() as running:
        running.respond = studio.respond
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", running.address)
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0123456789abcdef0123456789abcdef01234567")
        written = ("--report", folder / "out.html", "--json", folder / "out.json")
        done = command.run("preview", "--project", 12, "--policy", folder / "policy.yaml", *written)
    assert done.returncode == 1, done.stderr
    said, page = json.loads((folder / "out.json").read_text()), (folder / "out.html").read_text()
    assert (said["project"]["id"], said["tasks"]["sent"], said["unreadable"][0]["tasks"]) == ("12", 5, "3-4")
    assert {method for method, *_ in studio.asked} == {"GET"}
    assert not any(studio.stored.values())
    for text in (page, json.dumps(said), done.stdout, done.stderr):
        assert CANARY not in text
        assert "canary" not in text
        assert "Ward" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'TASKS', or --project."),
        (("--project", "twelve"), "--project must be the number of a project"),
        (("--project", "12", "--title", "x"), "--title means nothing without a file of tasks."),
        ((__file__,), "Missing option '--config'."),
    ],
)
def test_options_that_do_not_fit(folder, words, said):
    done = command.run("preview", *words, "--policy", folder / "policy.yaml")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
