"""The console of a server of two workers, as real processes: each takes the forms that the other's pages bring."""

import httpx

from tests.child import labelguard
from tests.parts import provider, write_policy
from tests.patience import HANGS_S
from tests.seams.test_workers import rule
from tests.unit.server.console.conftest import ADMIN, CANARY, Site

TRIES = 8
"""Connections: all to one of two workers once in 128 times, and then nothing is shown."""


def test_workers_take_each_others_forms_and_log_nothing_of_them(tmp_path, own):
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule("plain", "everything")])
    environment = {
        "LABELGUARD_WORKERS": "2",
        "LABELGUARD_CACHE": str(tmp_path / "cache"),
        "LABELGUARD_CONSOLE_ADMIN_PASSWORD": ADMIN[1],
        "LABELGUARD_LOG_LEVEL": "debug",
    }
    with labelguard(policy.file, tmp_path, **environment) as (url, _):
        shown = []
        for _ in range(TRIES):
            with httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as first:
                token = Site(first, tmp_path).token("", ADMIN, "")
            with httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as other:
                fields = {"token": token, "text": f"{CANARY} <i>"}
                shown.append(other.post("/console", data=fields, auth=ADMIN))
                assert other.get("/console", auth=("viewer", ADMIN[1])).status_code == 401
    assert [answer.status_code for answer in shown] == [200] * TRIES
    assert all(f"{CANARY} &lt;i&gt;" in answer.text for answer in shown)
    assert own.requests == []
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file
