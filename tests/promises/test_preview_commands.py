"""Each command that shows what would be sent shows what `predict` sends, with handlers, prompts, lists and data of
one's own: `policy explain`, `plan --tasks`, `redact --policy`, `policy test`, `policy diff`, `usage estimate`,
`preview`.
"""

import asyncio
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.budget.amounts import likely_tokens, request_size
from backend.engine.assemble import assemble, load_own, surrogate_key
from backend.engine.previews.cases import KEY
from backend.engine.previews.preview import shared_redactor
from backend.engine.redactors import Redactors
from backend.labelstudio.config import build_plan
from backend.labelstudio.tasks import as_task
from backend.labelstudio.types import Prediction
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.settings import Settings
from handlers import choices
from tests import command
from tests.parts import open_attempt_log, provider, without_hashes, write_policy
from tests.promises.test_preview import answer
from tests.seams.providers import Vendor, http
from tests.standin import StandIn

CHOICES = '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Boston"/></Choices>'
LABELS = '<Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>'
BARE = f'<View><Text name="text" value="$text"/>{CHOICES}</View>'
CONFIG = f"""<View><Header value="Written by $note"/><Text name="text" value="$text"/>
<Text name="letter" value="$letter" valueType="url"/>{CHOICES}{LABELS}</View>"""
PLAIN = f'<View><Text name="text" value="$text"/><Text name="note" value="$note"/>{CHOICES}{LABELS}</View>'
ADDRESS = "/data/upload/7/letter.txt"
LETTER = "Dear Emily Watson, the ward of Dr. Miguel Alvarez in Lyon is closed."
LONG = "John Carter of Boston wrote again.  The falcon came late, and nobody answered him for days.\n" * 4
OWN = """
class _Own(type(HANDLER)):
    def instruction(self, control, items):
        return {**super().instruction(control, items), "choose": "one label of our own choosing"}


HANDLER = _Own()
"""
WARD = ("--title", "Ward 7")


def tasks_of(letter: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = [
        {
            "text": "Mr. John Carter wrote to j.carter@example.org.\tCall +1 212 555 0147 :heart:  \r\n  ",
            "note": "Ann Lee",
        },
        {"text": LONG, "note": "Nobody", "secret": "Room 4711"},
        {"text": "All is well in Room 4711.", "note": "the falcon", "secret": "Room 4711", "rooms": [4711]},
        {"text": "Emily Watson was here.", "note": "Nobody", "unit": "x"},
        {"text": " ", "note": "Nobody"},
    ]
    return [{"id": n, "data": {**own, "letter": letter}, "meta": {"source": "s"}} for n, own in enumerate(data, 1)]


class Folder:
    """The files of a deployment, whose provider records all that it gets."""

    def __init__(self, path: Path, standin: StandIn) -> None:
        self.path, self.standin = path, standin
        (path / "config.xml").write_text(CONFIG)
        (path / "tasks.json").write_text(json.dumps(tasks_of(ADDRESS)))
        (path / "listed.txt").write_text("the falcon\tORGANIZATION\n")
        (path / "mine.yaml").write_text("- {text: The room was clean., answer: {mood: Good, ner: []}}\n")
        self.policy = self.write("first.yaml")

    def write(self, name: str, **operators: str) -> Path:
        """Write a policy: what it hides as operators say, and nothing of wards' task whose unit is x."""
        rule = {
            "name": "ward",
            "match": {"title": "Ward*", "meta": {"source": "s"}},
            "providers": ["vendor"],
            "operators": {"PERSON": "surrogate", "EMAIL_ADDRESS": "mask"} | operators,
            "withhold": ["secret"],
            "always_redact": "listed.txt",
            "examples": "mine.yaml",
            "limits": {"piece_characters": 200},
            "fetch": {"label_studio": True},
        }
        by_hand = {"name": "hand", "match": {"fields": {"unit": "x"}}, "refuse": "by hand"}
        vendor = provider(self.standin.address, "openai", mode="json")
        file = write_policy(self.path, {"vendor": vendor}, [by_hand, rule]).file
        return file.rename(self.path / name)

    def sent(self, policy: Path, config: str, tasks: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Predict tasks one by one; return the requests that the provider got for each."""
        settings, rules = Settings(), Policy.load(policy)
        plan = build_plan(config, load_own(settings.home)[0])
        self.standin.answer = lambda request, _: answer(request, plan)

        async def run() -> list[list[dict[str, Any]]]:
            key = surrogate_key(settings)
            engine = assemble(rules, settings, Gateway(open_attempt_log(self.path)), Redactors(shared_redactor), key)
            job, found = engine.job(config, "1", title=WARD[1]), []
            for item in tasks:
                self.standin.requests.clear()
                (outcome,) = await engine.predict(job, [as_task(item)])
                assert isinstance(outcome, Prediction) is bool(self.standin.requests)
                found.append(list(self.standin.requests))
            await engine.aclose()
            return found

        return asyncio.run(run())

    def run(self, *arguments: object, **options: Any) -> command.Done:
        """Run a command, which sends nothing."""
        self.standin.requests.clear()
        done = command.run(*arguments, *WARD, **options)
        assert not self.standin.requests
        return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Folder]:
    path = tmp_path_factory.mktemp("commands")
    for name, own in (("prompts", {}), ("handlers", {"choices.py": inspect.getsource(choices) + OWN})):
        (path / "home" / name).mkdir(parents=True)
        for file, text in own.items():
            (path / "home" / name / file).write_text(text)
    shipped = files("prompts").joinpath("system.jinja").read_text()
    (path / "home" / "prompts" / "system.jinja").write_text(f"{shipped}\nAnswer\tin earnest.\n")
    (path / "key").write_bytes(KEY)  # that of the cases too, so that they can be compared
    with StandIn() as standin, Vendor.running() as site, pytest.MonkeyPatch.context() as patch:
        site.respond = lambda *_: http(200, LETTER.encode())
        patch.setenv("LABELGUARD_HOME", str(path / "home"))
        patch.setenv("LABELGUARD_SURROGATE_KEY_FILE", str(path / "key"))
        patch.setenv("LABELGUARD_LABEL_STUDIO_URL", site.address)
        patch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0123456789abcdef0123456789abcdef01234567")
        yield Folder(path, standin)


@pytest.fixture(scope="module")
def sent(folder) -> list[list[dict[str, Any]]]:
    """What is sent of each task: several requests of the long one, none of the last two."""
    found: list[list[dict[str, Any]]] = folder.sent(folder.policy, CONFIG, tasks_of(ADDRESS))
    assert list(map(bool, found)) == [True, True, True, False, False]
    assert len(found[1]) > 2
    said = without_hashes(json.dumps(found))
    for words in ("in earnest", "one label of our own choosing", "is closed", "The room was clean"):
        assert words in said
    for value in ("Carter", "Watson", "falcon", "4711"):
        assert value not in said
    return found


def messages(requests: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [message for request in requests for message in request["messages"]]


def test_the_command_predict_sends_the_same(folder, sent):
    paths = ("--config", folder.path / "config.xml", "--policy", folder.policy, "--out", folder.path / "out.json")
    folder.standin.requests.clear()
    command.run("predict", folder.path / "tasks.json", *paths, *WARD)
    got = sorted(json.dumps(request) for request in folder.standin.requests)
    assert got == sorted(json.dumps(request) for requests in sent for request in requests)


def test_policy_explain_and_plan_show_what_is_sent(folder, sent):
    for item, requests in zip(tasks_of(ADDRESS), sent, strict=True):
        (folder.path / "one.json").write_text(json.dumps([item]))
        paths = ("--policy", folder.policy, "--config", folder.path / "config.xml", "--task", folder.path / "one.json")
        told = json.loads(folder.run("policy", "explain", *paths, "--json").stdout)
        assert told["messages"] == messages(requests)
        explained = folder.run("policy", "explain", *paths)
        options = ("--tasks", folder.path / "one.json", "--policy", folder.policy)
        planned = folder.run("plan", folder.path / "config.xml", *options)
        for done in (explained, planned):
            assert done.returncode == (0 if requests else 1), done.stderr
            shown = "".join(f"{message['role']}:\n{message['content']}\n" for message in messages(requests))
            assert done.stdout.endswith(shown) if done is explained else shown in done.stdout


def test_redact_shows_what_is_sent(folder):
    items = [{**item, "data": {k: v for k, v in item["data"].items() if k != "letter"}} for item in tasks_of("")[:3]]
    sent = folder.sent(folder.policy, PLAIN, items)
    (folder.path / "plain.json").write_text(json.dumps(items))
    done = folder.run("redact", "--file", folder.path / "plain.json", "--policy", folder.policy)
    for item, shown, requests in zip(items, json.loads(done.stdout), sent, strict=True):
        whole = messages(requests)[-1 if len(requests) == 1 else 3]["content"]
        for name in ("text", "note"):
            assert f'<text name="{name}">\n{shown["data"][name]}\n</text>' in whole
        assert shown["data"].get("secret", "(withheld)") == "(withheld)"
        assert shown["data"].get("rooms") == item["data"].get("rooms")


def test_redact_shows_what_is_sent_of_a_text_alone(folder):
    policy = folder.path / "texts.yaml"
    said = yaml.safe_load(folder.policy.read_text())
    del said["rules"][1]["match"]["meta"]
    policy.write_text(yaml.safe_dump(said))
    for text in ("Mr. John Carter wrote.\t:heart: \r\n  The falcon did not.", LONG.replace("\n", "\t")):
        ((first, *_),) = folder.sent(policy, BARE, [{"data": {"text": text}}])
        done = folder.run("redact", text, "--policy", policy)
        assert f"<text>\n{done.stdout.removesuffix(chr(10))}\n</text>" in first["messages"][-1]["content"]
        line = json.dumps({"id": 1, "text": text})
        filtered = json.loads(folder.run("redact", "--json", "--policy", policy, stdin=line).stdout)
        assert filtered["redacted"] + "\n" == done.stdout
    spread = {"a.b": "John Carter", "a": {"b": "Ann Lee"}}
    said["rules"][1]["withhold"] = ["a.b"]
    policy.write_text(yaml.safe_dump(said))
    (folder.path / "spread.json").write_text(json.dumps([spread]))
    (shown,) = json.loads(folder.run("redact", "--file", folder.path / "spread.json", "--policy", policy).stdout)
    assert shown["data"] == {"a.b": "(withheld)", "a": {"b": "(withheld)"}}


def test_policy_test_tries_what_is_sent(folder, sent):
    def case(name: str, item: dict[str, Any], requests: Sequence[Any], more: str = "") -> dict[str, Any]:
        about = [m["content"] + more for m in messages(requests) if m["role"] == "user"]
        expect = {"rule": "ward", "refused": False, "contains": about} if requests else {"refused": True}
        return {"name": name, "title": WARD[1], "task": {"data": item["data"], "meta": item["meta"]}, "expect": expect}

    items = list(zip(tasks_of(ADDRESS), sent, strict=True))
    cases = [case(f"{number}", *one) for number, one in enumerate(items)]
    cases.append(case("another", *items[0], more="!"))
    file = folder.path / "first.test.yaml"
    whole = {"policy": folder.policy.name, "config": CONFIG, "cases": cases}
    file.write_text(yaml.safe_dump(json.loads(json.dumps(whole))))  # no part stands in it twice, as an alias
    shown = command.run("policy", "test", file).stdout
    assert [line for line in shown.splitlines() if "FAIL" in line] == [
        line for line in shown.splitlines() if line.endswith(": another")
    ]
    assert f"{len(items)} of {len(cases)} cases pass" in shown


def test_policy_diff_names_the_tasks_of_which_something_else_is_sent(folder, sent):
    new = folder.write("new.yaml", PERSON="placeholder")
    items = tasks_of(ADDRESS)
    others = folder.sent(new, CONFIG, items)
    differ = [str(item["id"]) for item, was, now in zip(items, sent, others, strict=True) if was != now]
    assert differ == ["1", "2", "3"]
    paths = ("--tasks", folder.path / "tasks.json", "--config", folder.path / "config.xml")
    lines = [
        " ".join(row.split()) for row in folder.run("policy", "diff", folder.policy, new, *paths).stdout.splitlines()
    ]
    assert f"text that is sent differs {len(differ)} {', '.join(differ)}" in lines
    same = folder.run("policy", "diff", folder.policy, folder.policy, *paths)
    assert same.stdout == f"0 of {len(items)} tasks are treated otherwise\n"


def test_usage_estimate_counts_what_is_sent(folder, sent):
    paths = ("--config", folder.path / "config.xml", "--policy", folder.policy)
    done = folder.run("usage", "estimate", folder.path / "tasks.json", *paths)
    requests = [request for own in sent for request in own]
    tokens = sum(likely_tokens(request_size(request)) for request in requests)
    assert done.stdout.startswith(f"3 of 5 tasks would be sent, in {len(requests)} calls\n"), done.stderr
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith("ward")]
    assert row[:5] == ["ward", "vendor", str(len(requests)), "0", f"{tokens:,}"]


def test_preview_reports_what_is_sent(folder, sent):
    paths = ("--config", folder.path / "config.xml", "--policy", folder.policy, "--json", folder.path / "told.json")
    done = folder.run("preview", folder.path / "tasks.json", *paths)
    assert done.returncode == 1, done.stderr
    said = json.loads((folder.path / "told.json").read_text())
    (row,) = said["recipients"]
    requests = [request for own in sent for request in own]
    characters = sum(len(message["content"]) for message in messages(requests))
    assert (row["tasks"], row["calls"], row["characters"]) == (3, len(requests), characters)
    assert said["samples"]
    for sample in said["samples"]:
        shown = [[{k: one[k] for k in ("role", "content")} for one in call] for call in sample["calls"]]
        assert shown == [messages([request]) for request in sent[int(sample["task"]) - 1]][: len(shown)]
    whole = without_hashes(json.dumps(said))
    for value in ("Carter", "Watson", "falcon", "4711"):
        assert value not in whole
