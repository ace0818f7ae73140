"""`labelguard privacy miss` and `privacy key`, from outside: what leaked once leaks no more, and stands nowhere."""

import os
import pty
import stat
import subprocess
import sys
from functools import partial

import pytest

from backend.privacy.hashed import hashed_entry
from tests import command
from tests.child import ROOT
from tests.unit.policy.parts import write

run = partial(command.run, "privacy")
POLICY = """version: 1
providers:
  ours: {kind: litellm, model: ollama/q, address: "http://m:1", external: false}
rules:
  - {name: all, match: everything, providers: [ours], detection: {profile: fast}, always_redact: ours.txt}
"""
CANARY = "grey heron"
"""That nothing else finds."""


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "ours.txt").write_text("Project Falcon\n")
    return write(tmp_path, policy=POLICY)


@pytest.fixture
def key(tmp_path, monkeypatch):
    done = run("key", tmp_path / "list.key")
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("LABELGUARD_LIST_KEY_FILE", str(tmp_path / "list.key"))
    return tmp_path / "list.key"


def redacted(policy, text):
    return command.run("redact", "--policy", policy, "--explain", text)


def test_what_leaked_leaks_no_more(policy, key):
    assert CANARY in redacted(policy, f"the {CANARY} was seen").stdout
    done = run("miss", "--policy", policy, "--type", "PERSON", stdin=f"{CANARY}\n")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"{policy.with_name('ours.txt')}: 1 added as PERSON\n",
        "",
    )
    after = redacted(policy, f"the {CANARY.title()} was seen")
    assert after.stdout == "the [PERSON_1] was seen\n"
    assert "always_redact" in after.stderr
    assert "is listed by the policy" in after.stderr
    assert CANARY not in (policy.parent / "ours.txt").read_text()
    assert "always_redact: 2 entries, 1 of them hashed" in command.run("policy", "check", policy).stdout


def test_without_a_key_nothing_is_added_and_said_how_to_make_one(policy, monkeypatch):
    monkeypatch.delenv("LABELGUARD_LIST_KEY_FILE", raising=False)
    done = run("miss", "--policy", policy, stdin=CANARY)
    assert done.returncode == 2
    assert done.stderr.startswith("labelguard: LABELGUARD_LIST_KEY_FILE: is not set - labelguard privacy key FILE")
    assert (policy.parent / "ours.txt").read_text() == "Project Falcon\n"


def test_a_server_without_the_key_does_not_take_the_policy(policy, key, monkeypatch):
    run("miss", "--policy", policy, stdin=CANARY)
    monkeypatch.delenv("LABELGUARD_LIST_KEY_FILE")
    for done in (
        redacted(policy, CANARY),
        command.run("policy", "check", policy),
        command.run("serve", "--policy", policy),
    ):
        assert done.returncode != 0
        assert "which is not here - name its file in LABELGUARD_LIST_KEY_FILE" in done.stdout + done.stderr
        assert CANARY not in done.stdout + done.stderr


def test_a_key_is_its_owners_and_made_once(tmp_path):
    done = run("key", tmp_path / "new" / "list.key")
    file = tmp_path / "new" / "list.key"
    assert done.returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text()
    assert len(secret.strip()) == 64
    assert secret.strip() not in done.stdout
    assert run("key", file).returncode == 2
    assert file.read_text() == secret


@pytest.mark.parametrize(
    ("stdin", "said"),
    [("", "no value came"), (" \n\n", "no value came"), ("ab\n", "value 1 is too short"), ("\ud800", "is not UTF-8")],
)
def test_what_is_no_value_is_an_error(policy, key, stdin, said):
    done = run("miss", "--policy", policy, stdin=stdin)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_value_that_is_found_often_is_added_with_a_warning(policy, key):
    done = run("miss", "--policy", policy, stdin=f"{CANARY}\nSmith\n{CANARY}\n")
    assert done.stderr == "warning: value 2 is a common surname, and is replaced whoever or whatever is meant by it\n"
    list_file = policy.with_name("ours.txt")
    assert done.stdout == f"{list_file}: 2 added as NAME\n{list_file}: 1 there already\n"


def test_the_list_is_named_where_it_is_not_clear(tmp_path, policy, key):
    none = write(tmp_path, none=POLICY.replace(", always_redact: ours.txt", ""))
    done = run("miss", "--policy", none, stdin=CANARY)
    assert done.returncode == 2
    assert "no rule and no profile has always_redact" in done.stderr
    (tmp_path / "more.txt").write_text("")
    second = POLICY.partition("rules:\n")[2].replace("name: all", "name: more").replace("ours.txt", "more.txt")
    two = write(tmp_path, two=POLICY + second)
    done = run("miss", "--policy", two, stdin=CANARY)
    assert done.returncode == 2
    assert "names several lists (more.txt, ours.txt) - choose one by --list" in done.stderr
    assert run("miss", "--list", tmp_path / "more.txt", stdin=CANARY).returncode == 0
    assert (tmp_path / "more.txt").read_text().startswith("hmac-sha256:")
    assert (tmp_path / "ours.txt").read_text() == "Project Falcon\n"


def test_no_value_is_an_argument(policy, key):
    assert run("miss", CANARY, "--policy", policy).returncode == 2


def test_what_is_typed_at_a_terminal_is_not_shown(policy, key):
    words = ["-m", "backend.cli", "privacy", "miss", "--list", str(policy.with_name("ours.txt"))]
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    while b"(not shown)" not in shown:
        shown += os.read(ours, 1_000)
    os.write(ours, f"{CANARY}\n".encode())
    while child.poll() is None:
        shown += _read(ours)
    shown += _read(ours)
    os.close(ours)
    assert child.returncode == 0, shown
    assert b"1 added" in shown
    assert CANARY.encode() not in shown
    assert str(hashed_entry(CANARY, key.read_bytes().strip())) in policy.with_name("ours.txt").read_text()


def _read(terminal):
    """Read what a terminal shows; nothing once nobody writes to it any more."""
    try:
        return os.read(terminal, 1_000)
    except OSError:
        return b""
