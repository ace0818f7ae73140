"""Lists of a policy from the file to what a provider gets, to the answer, and to what the commands say."""

from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli.policy import commands
from backend.engine.previews.texts import RuleRedactor
from backend.labelstudio.types import Task
from backend.policy import Policy
from backend.privacy.hashed import hashed_entry
from tests.parts import ENTITIES, SENTIMENT, build_engine, predict_body, provider, serving, setup_body, write_policy
from tests.standin import StandIn

TEXT = "Anna Carter takes Humira for Zorgon's PROJECT  falcon, writes to humira@example.org."
SHOWN = "takes Humira for "


OURS = {"Project Falcon": "CUSTOM", "Zorgon": "ORGANIZATION", "Glad News": "CUSTOM"}
KEY = "k" * 32


@pytest.fixture(params=["as they are", "hashed"], autouse=True)
def ours(request, tmp_path, monkeypatch):
    """Write the values of always_redact, as they are or hashed."""
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "key"))
    write = str if request.param == "as they are" else partial(hashed_entry, key=KEY.encode())
    (tmp_path / "ours.txt").write_text("".join(f"{write(value)}\t{kind}\n" for value, kind in OURS.items()))


def listing(folder: Path, address: str, **more: object) -> Policy:
    (folder / "trade.txt").write_text("# drugs\nHumira\nRose\n")
    rule = {"name": "all", "match": "everything", "providers": ["m"]}
    lists = {"never_redact": "trade.txt", "always_redact": "ours.txt"}
    return write_policy(folder, {"m": provider(address)}, [{**rule, **lists, **more}])


@pytest.mark.parametrize("operators", [{}, {"*": "surrogate"}])
def test_a_provider_gets_words_of_the_trade_and_no_listed_value(tmp_path, operators):
    with StandIn(lambda *_: {"ner": [{"label": "ORG", "text": "Humira", "before": "takes "}]}) as standin:
        engine = build_engine(listing(tmp_path, standin.address, operators=operators))
        with serving(engine) as client:
            assert client.post("/setup", json=setup_body(ENTITIES)).status_code == 200
            answer = client.post("/predict", json=predict_body(ENTITIES, TEXT))
        sent = bytes(standin.received).decode().lower()
    assert SHOWN.lower() in sent
    assert not any(value in sent for value in ("anna", "carter", "zorgon", "falcon", "humira@"))
    (result,) = [one for one in answer.json()["results"][0]["result"] if one["value"]["labels"] == ["ORG"]]
    assert result["value"]["text"] == "Humira"
    assert TEXT[result["value"]["start"] : result["value"]["end"]] == "Humira"


def test_a_listed_value_in_a_label_stops_the_call(tmp_path, caplog):
    config = SENTIMENT.replace('value="Good"', 'value="Glad news"')
    with StandIn() as standin, serving(build_engine(listing(tmp_path, standin.address))) as client:
        client.post("/setup", json=setup_body(config))
        answer = client.post("/predict", json=predict_body(config, "All is well."))
        assert not standin.requests
    assert "glad news" not in answer.text.lower()
    assert answer.json()["results"] == [{}]
    assert "last_look: a redacted value stands in messages[0]" in caplog.text
    assert "glad news" not in caplog.text.lower()


def test_a_type_of_a_listed_value_may_block(tmp_path):
    policy = listing(tmp_path, "http://127.0.0.1:9/v1", operators={"CUSTOM": "block"})
    with StandIn() as standin, serving(build_engine(policy)) as client:
        client.post("/setup", json=setup_body(SENTIMENT))
        answer = client.post("/predict", json=predict_body(SENTIMENT, "on project falcon"))
        assert not standin.requests
    assert "falcon" not in answer.text


def test_the_commands_show_what_lists_do(tmp_path):
    policy = listing(tmp_path, "http://127.0.0.1:9/v1", detection={"profile": "fast"})
    shown = RuleRedactor(policy, "1", "", "").redact({"text": TEXT}, Task({"text": TEXT}, {}))["text"].text
    assert SHOWN in shown
    assert "falcon" not in shown
    done = CliRunner().invoke(commands, ["check", str(policy.file)])
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "never_redact: 2 entries; always_redact: 3 entries" in said
    assert "policy.yaml: warning: trade.txt:3: never_redact: the entry is a common first name" in said
    assert "Rose" not in said
