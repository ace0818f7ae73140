"""A real server answers before it can predict, and may be ended before it can."""

import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture
def running(vendor, tmp_path):
    policy = write_policy(tmp_path, {"own": provider(vendor.address)})
    with labelguard(policy.file, tmp_path, None, ("backend.cli",), False) as (url, child):
        yield url, child


def test_a_server_plans_before_it_can_predict_and_says_when_it_can(running):
    url, child = running
    with httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client:
        assert client.post("/setup", json=setup_body(SENTIMENT)).json()["model_version"]
        assert client.get("/ready").status_code in (200, 503)
        child.wait_for(f"{url}/ready", HANGS_S)
        (result,) = client.post("/predict", json=predict_body(SENTIMENT, "Ann liked it.")).json()["results"]
    assert result["result"]


@linux
def test_a_server_that_is_ended_while_it_loads_leaves_no_process(running):
    _, child = running
    server = Path(f"/proc/{child._process.pid}")
    started = {int(pid) for task in server.glob("task/*/children") for pid in task.read_text().split()}
    child._process.terminate()
    child._process.wait(HANGS_S)
    until = time.monotonic() + HANGS_S
    while any(_is_alive(pid) for pid in started):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert "Traceback" not in child.output()


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
