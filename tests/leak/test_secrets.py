"""Keys, salts, passwords and tokens are used, and stand in nothing that the server says, keeps or runs."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.record.keys import make_signing_keys
from tests.child import free_port, labelguard
from tests.command import run
from tests.parts import SENTIMENT, predict_body, provider, setup_body
from tests.patience import HANGS_S, until
from tests.standin import StandIn

SECRETS = {
    name: f"canary-{name}-{number}-0123456789"
    for number, name in enumerate(("env-key", "file-key", "env-salt", "file-salt", "token", "password", "database"), 61)
}
MAIL, PHONE = "jane.roe@example.org", "+1 212 555 0147"
TEXT = f"Write to {MAIL} or call {PHONE}, please."
BROKEN = "version: 1\nrules: ["


def policy_of(folder: Path, standin: StandIn) -> dict[str, Any]:
    """Return a policy whose keys and salts stand in the environment and in files."""
    for name in ("file-key", "file-salt"):
        (folder / name).write_text(SECRETS[name] + "\n")
    salts = {"EMAIL_ADDRESS": {"env": "CANARY_SALT"}, "PHONE_NUMBER": {"file": "file-salt"}}
    operators = {kind: {"operator": "hash", "key": key} for kind, key in salts.items()}
    common = {"operators": operators, "detection": {"profile": "fast"}}
    providers = {
        "by_env": provider(standin.address, attempts=1, key={"env": "CANARY_KEY"}),
        "by_file": provider(standin.address, attempts=1, key={"file": "file-key"}),
    }
    rules = [
        {"name": "refused", "match": {"project": 3}, "refuse": "Not this one."},
        {"name": "file", "match": {"project": 2}, "providers": ["by_file"], **common},
        {"name": "env", "match": "everything", "providers": ["by_env"], **common},
    ]
    return {"version": 1, "providers": providers, "rules": rules}


def ask_all(client: httpx.Client, standin: StandIn) -> list[httpx.Response]:
    """Predict by both keys, and fail in every way."""
    answers = []
    for project in ("1", "2", "3"):
        answers.append(client.post("/setup", json=setup_body(SENTIMENT, project)))
        answers.append(client.post("/predict", json=predict_body(SENTIMENT, TEXT, project=project)))
    assert [len(answer.json().get("results", [{}])[0]) > 0 for answer in answers[1:4:2]] == [True, True]
    for standin.status in (401, 500):
        answers += [client.post("/predict", json=predict_body(SENTIMENT, TEXT, project=p)) for p in ("1", "2")]
    standin.status, standin.answer = 200, lambda request, schema: {"mood": SECRETS["env-key"]}
    answers.append(client.post("/predict", json=predict_body(SENTIMENT, TEXT)))
    answers.append(client.post("/predict", json={"tasks": 1}))
    fetched = SENTIMENT.replace("<Text ", '<Text valueType="url" ')  # from Label Studio, with the token
    answers.append(client.post("/predict", json=predict_body(fetched, "/data/upload/1/a.txt")))
    answers.append(client.post("/predict", json=predict_body(SENTIMENT, TEXT), auth=("clinic", "wrong")))
    assert answers[-1].status_code == 401
    return answers


def wait_for_refusal(client: httpx.Client) -> None:
    until(lambda: "problem" in client.get("/health").json()["policy"])


def command_lines(policy: Path) -> list[bytes]:
    """Return the command lines of the server with this policy and of all that it started: they share a session."""
    lines: dict[int, list[bytes]] = {}
    servers = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line, session = file.read_bytes(), os.getsid(int(file.parent.name))
        except OSError:  # it has ended
            continue
        lines.setdefault(session, []).append(line)
        servers |= {session} if str(policy).encode() in line else set()
    (server,) = servers
    return lines[server]


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """Run the real server once at DEBUG; return what it received as a provider, and all its traces by place."""
    folder, seen = tmp_path_factory.mktemp("server"), {}
    secrets = tmp_path_factory.mktemp("secrets")
    for name in ("token", "password"):
        (secrets / name).write_text(SECRETS[name])
    make_signing_keys(secrets / "record.pem")
    environment = {
        "CANARY_KEY": SECRETS["env-key"],
        "CANARY_SALT": SECRETS["env-salt"],
        "LABELGUARD_LOG_LEVEL": "debug",
    }
    environment |= {"LABELGUARD_LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABELGUARD_BASIC_AUTH_USER": "clinic"}
    files = {"LABEL_STUDIO_TOKEN": "token", "BASIC_AUTH_PASSWORD": "password", "RECORD_KEY": "record.pem"}
    environment |= {f"LABELGUARD_{name}_FILE": str(secrets / file) for name, file in files.items()}
    auth = ("clinic", SECRETS["password"])
    with StandIn() as standin:
        policy = secrets / "policy.yaml"
        policy.write_text(json.dumps(policy_of(secrets, standin)))
        with (
            labelguard(policy, folder, auth, **environment) as (url, child),
            httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False, auth=auth) as client,
        ):
            answers = ask_all(client, standin)
            policy.write_text(BROKEN)
            wait_for_refusal(client)
            answers += [client.get(path) for path in ("/health", "/metrics", "/versions")]
            seen["answers"] = "".join(f"{a.headers} {a.reason_phrase} {a.text}" for a in answers).encode()
            seen["command lines"] = b"".join(command_lines(policy))
        assert child.output()
        seen |= {file.name: file.read_bytes() for file in folder.iterdir()}
        return bytes(standin.received), seen, (secrets / "record.pem").read_bytes().splitlines()[1]


def test_the_secrets_were_used(traces):
    received, seen, _ = traces
    for name in ("env-key", "file-key"):
        assert f"Bearer {SECRETS[name]}".encode() in received
    assert b"<EMAIL_ADDRESS:" in received
    assert b"<PHONE_NUMBER:" in received
    assert {"answers", "command lines", "labelguard.log", "state.db"} <= seen.keys()


@pytest.mark.parametrize("name", [name for name in SECRETS if name != "database"])
def test_no_secret_stands_in_anything_that_the_server_says_or_keeps(traces, name):
    assert [place for place, content in traces[1].items() if SECRETS[name].encode() in content] == []


def test_the_records_key_stands_nowhere(traces):
    assert [place for place, content in traces[1].items() if traces[2] in content] == []


def test_salts_and_others_do_not_go_to_the_provider(traces):
    assert [name for name in SECRETS if "-key" not in name and SECRETS[name].encode() in traces[0]] == []


def test_a_database_that_cannot_be_reached_does_not_show_its_password(tmp_path):
    url = f"postgresql://clinic:{SECRETS['database']}@127.0.0.1:{free_port()}/state"
    with StandIn() as standin:
        (tmp_path / "policy.yaml").write_text(json.dumps(policy_of(tmp_path, standin)))
        with (
            pytest.raises(RuntimeError) as error,
            labelguard(tmp_path / "policy.yaml", tmp_path, LABELGUARD_STATE_URL=url),
        ):
            pass
    assert SECRETS["database"] not in str(error.value)
    assert "postgresql://clinic:***@127.0.0.1" in str(error.value)


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_policys_secrets_are_not_told(tmp_path, monkeypatch, command):
    monkeypatch.setenv("CANARY_KEY", SECRETS["env-key"])
    monkeypatch.setenv("CANARY_SALT", SECRETS["env-salt"])
    with StandIn() as standin:
        (tmp_path / "policy.yaml").write_text(json.dumps(policy_of(tmp_path, standin)))
    (tmp_path / "config.xml").write_text(SENTIMENT)
    (tmp_path / "task.json").write_text(json.dumps([{"data": {"text": TEXT}}]))
    task = ("--config", tmp_path / "config.xml", "--task", tmp_path / "task.json", "--json")
    given = (tmp_path / "policy.yaml",) if command == "check" else ("--policy", tmp_path / "policy.yaml", *task)
    done = run("policy", command, *given)
    assert done.returncode == 0, done.stderr
    assert [secret for secret in SECRETS.values() if secret in done.stdout + done.stderr] == []


def test_a_key_in_a_file_that_is_extended_is_refused_and_not_shown(tmp_path):
    key = "sk-" + "abcdefghij0123456789"  # put together here, so that no scanner takes it for a real one
    (tmp_path / "base.yaml").write_text(f"version: 1\n# {key}\nproviders: {{}}\n")
    (tmp_path / "policy.yaml").write_text(
        "version: 1\nextends: base.yaml\nrules: [{name: all, match: everything, refuse: No.}]\n"
    )
    with pytest.raises(PolicyFileError, match="holds what looks like a key") as error:
        Policy.load(tmp_path / "policy.yaml")
    assert key not in str(error.value)
