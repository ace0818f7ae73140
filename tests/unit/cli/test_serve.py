"""`labelguard serve`: what it says before it starts, and how Ctrl-C ends it."""

import os
import signal
import socket

import pytest

from backend.server import start
from tests import command
from tests.child import labelguard
from tests.parts import provider, write_policy
from tests.patience import until

RULE = {"name": "all", "match": "everything", "providers": ["own"], "redact": False, "answers": "keep"}
"""By which nothing is looked for, so that a server starts quickly."""


@pytest.fixture
def served(monkeypatch):
    """What is served is not: returns the settings that would have been."""
    found = []

    def run(settings):
        found.append(settings)
        return True

    monkeypatch.setattr(start, "run_server", run)
    return found


def test_a_port_that_is_taken_ends_it_before_anything_starts(served):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = command.run("serve", "--port", port)
    assert (done.returncode, served) == (3, [])
    assert f"port {port} of 127.0.0.1 is taken - end what listens there" in done.stderr


def test_a_server_that_is_open_to_all_is_warned_of(served):
    done = command.run("serve", "--port", 0, "--host", "0.0.0.0")
    assert (done.returncode, len(served)) == (0, 1)
    assert "WARNING labelguard.server: whoever reaches port 0 of this machine may ask, without a" in done.stderr


def test_one_with_a_password_or_on_this_machine_alone_is_not(served, monkeypatch):
    assert "without a password" not in command.run("serve", "--port", 0).stderr
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_USER", "studio")
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", "secret")
    assert "without a password" not in command.run("serve", "--port", 0, "--host", "0.0.0.0").stderr


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_without_a_traceback(tmp_path, workers):
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1", external=False)}, [RULE])
    with labelguard(policy.file, tmp_path, LABELGUARD_WORKERS=workers) as (_, child):
        os.killpg(child.pid, signal.SIGINT)
        until(lambda: not child.is_running)
        assert child.status == 130
        assert "Traceback" not in child.output()
