"""What is wrong with a deployment is said with its remedy; nothing is sent to a provider, and no secret is shown."""

import importlib.metadata
import json

import pytest
import yaml

from tests.authority import Authority
from tests.command import run
from tests.parts import provider, write_policy
from tests.seams.providers import Vendor
from tests.unit.labelstudio.api.test_connections import URL, Connections

CANARY, TOKEN = "canary-9917", "5eca" * 10
RULE = {"name": "all", "match": "everything", "providers": ["own"]}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A deployment that has not been started yet."""
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path}/state/labelguard.db")
    monkeypatch.setenv("LABELGUARD_PORT", "9")
    with Vendor.running() as vendor:
        policy = write_policy(tmp_path, {"own": provider(vendor.address, external=False)}, [RULE])
        monkeypatch.setenv("LABELGUARD_POLICY", str(policy.file))
        yield vendor


def looked(*arguments, code=0):
    """Return how each thing is, what was said of it and what to do."""
    done = run("doctor", "--json", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return {
        one["about"]: (one["state"], f"{one['said']} - {one['remedy']}") for one in json.loads(done.stdout)["checks"]
    }


def test_what_was_never_started_is_well_and_stays_as_it_is(place, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    found = looked()
    assert {about: state for about, (state, _) in found.items()} == {
        **dict.fromkeys(("versions", "policy", "password", "key of surrogates", "database", "disk"), "ok"),
        **dict.fromkeys(("key of the record", "server", "Label Studio"), "warning"),
        "provider own": "ok",
    }
    assert sorted(tmp_path.rglob("*")) == before
    assert place.received == b""


def test_it_is_a_table_for_people(place):
    done = run("doctor")
    assert done.returncode == 0
    assert "warning  key of the record" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 warning"


def test_a_policy_that_cannot_be_read_is_told(place, tmp_path):
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: 7\n")
    state, said = looked(code=1)["policy"]
    assert state == "failed"
    assert "rules" in said


KEYS = {
    "ok": (b"x" * 32, 0o600, ""),
    "warning": (b"x" * 32, 0o644, "chmod 600"),
    "failed": (b"x" * 3, 0o600, "less than"),
}


@pytest.mark.parametrize("state", KEYS)
def test_keys_are_long_enough_and_their_owner_s_alone(place, tmp_path, monkeypatch, state):
    content, mode, said = KEYS[state]
    file = tmp_path / "own.key"
    file.write_bytes(content)
    file.chmod(mode)
    monkeypatch.setenv("LABELGUARD_SURROGATE_KEY_FILE", str(file))
    found = looked(code=int(state == "failed"))["key of surrogates"]
    assert found[0] == state
    assert said in found[1]


def test_a_key_that_is_set_is_there(place, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(tmp_path / "gone.pem"))
    assert looked(code=1)["key of the record"][0] == "failed"


def test_a_database_that_cannot_be_used_is_told(place, tmp_path, monkeypatch):
    (tmp_path / "state").write_text("a file")
    assert looked(code=1)["database"][0] == "failed"
    (tmp_path / "other.db").write_text("no database, " * 100)
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path}/other.db")
    assert looked(code=1)["database"][0] == "failed"


def test_who_may_be_asked_from_elsewhere_needs_a_password(place, monkeypatch):
    monkeypatch.setenv("LABELGUARD_HOST", "0.0.0.0")
    assert looked()["password"][0] == "warning"
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_USER", "nurse")
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", CANARY)
    assert looked()["password"][0] == "ok"
    assert CANARY not in run("doctor").stdout


def rewritten(tmp_path, **own):
    """Have the policy's provider be another."""
    file = tmp_path / "policy.yaml"
    said = yaml.safe_load(file.read_text())
    said["providers"]["own"] |= own
    file.write_text(yaml.safe_dump(said))


def test_a_provider_that_cannot_be_reached_is_told(place, tmp_path):
    rewritten(tmp_path, address=f"{Vendor.gone().address}/v1")
    state, said = looked(code=1)["provider own"]
    assert state == "failed"
    assert "cannot be reached" in said


def test_a_provider_s_certificate_is_looked_at(place, tmp_path):
    authority = Authority.made(tmp_path)
    with Vendor.running(authority.context) as vendor:
        rewritten(tmp_path, address=f"https://127.0.0.1:{vendor.port}/v1")
        assert "not trusted" in looked(code=1)["provider own"][1]
        rewritten(tmp_path, ca=str(authority.file))
        assert looked()["provider own"][0] == "ok"
        assert vendor.received == b""


def test_a_key_that_is_missing_is_named_and_one_that_is_there_is_not_shown(place, tmp_path, monkeypatch):
    rewritten(tmp_path, key={"env": "OWN_KEY"})
    assert "OWN_KEY" in looked(code=1)["provider own"][1]
    monkeypatch.setenv("OWN_KEY", CANARY)
    assert looked()["provider own"][0] == "ok"
    assert CANARY not in run("doctor").stdout


def test_a_proxy_of_the_environment_is_told_to_mean_nothing(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{CANARY}@127.0.0.1:9")
    assert "proxy" not in looked()
    rewritten(tmp_path, external=True)
    state, said = looked()["proxy"]
    assert state == "warning"
    assert "HTTPS_PROXY" in said
    assert CANARY not in said


def test_the_embedded_model_s_file_is_the_right_one(place, tmp_path, monkeypatch):
    pytest.importorskip("xllamacpp")
    embedded = {"kind": "embedded", "model": "qwen2.5-coder-0.5b-instruct", "external": False}
    write_policy(tmp_path, {"own": embedded}, [RULE])
    assert looked()["embedded model"][0] == "warning"
    file = tmp_path / "cache" / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    file.parent.mkdir(exist_ok=True)
    file.write_text("another")
    assert looked(code=1)["embedded model"][0] == "failed"


def test_projects_are_looked_at_by_the_backend_s_url(place, monkeypatch):
    studio = Connections()
    studio.projects = [11, 12]
    with Vendor.running() as label_studio:
        label_studio.respond = studio.respond
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", label_studio.address)
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)
        assert looked()["Label Studio"][0] == "ok"
        found = looked("--url", URL)
        assert found["project 11"][0] == "warning"
        assert f"labelguard connect --url {URL} --project 11" in found["project 11"][1]
        assert run("connect", "--url", URL, "--all-projects").returncode == 0
        changes = list(studio.changes)
        found = looked("--url", URL, "--project", 12)
        assert found["project 12"][0] == "ok"
        assert "project 11" not in found
        assert studio.changes == changes
        studio.denied = {(12, "ml")}
        assert looked("--url", URL, code=1)["project 12"][0] == "failed"
        assert TOKEN not in run("doctor").stdout


def test_label_studio_that_is_away_is_told(place, monkeypatch):
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", Vendor.gone().address)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0" * 40)
    assert looked(code=1)["Label Studio"][0] == "failed"


def test_projects_need_the_backend_s_url(place):
    done = run("doctor", "--project", 12)
    assert done.returncode == 2
    assert "--url" in done.stderr


def test_packages_that_an_attacker_published_are_told(place, monkeypatch):
    real = importlib.metadata.version
    monkeypatch.setattr(
        "backend.cli.doctor.symptoms.version", lambda name: "1.82.7" if name == "litellm" else real(name)
    )
    done = run("doctor", "--json")
    assert done.returncode == 1
    assert "litellm 1.82.7 was published by an attacker" in done.stdout
