"""The console of real processes: workers take each other's forms and sign-ins, and what leaked is replaced."""

import httpx

from backend.policy.file.list_keys import make_list_key
from backend.settings import variable
from tests.child import labelguard
from tests.openid import CLIENT_SECRET, SUBJECT, OpenIdServer, openid_settings
from tests.parts import provider, write_policy
from tests.patience import HANGS_S, until
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


def test_what_is_reported_as_a_leak_is_replaced_without_a_restart(tmp_path, own):
    """Each worker takes the list into force by itself."""
    leaked = "grey heron"
    make_list_key(tmp_path / "list.key")
    (tmp_path / "ours.txt").write_text("")
    only = {"name": "all", "match": "everything", "providers": ["own"], "detection": {"profile": "fast"}}
    only |= {"answers": "keep", "always_redact": "ours.txt"}
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, [only])
    environment = {
        "LABELGUARD_CACHE": str(tmp_path / "cache"),
        "LABELGUARD_CONSOLE_ADMIN_PASSWORD": ADMIN[1],
        "LABELGUARD_LIST_KEY_FILE": str(tmp_path / "list.key"),
        "LABELGUARD_LOG_LEVEL": "debug",
    }
    with (
        labelguard(policy.file, tmp_path, **environment) as (url, _),
        httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client,
    ):
        site = Site(client, tmp_path)
        assert "[PERSON_1]" not in site.leave(ADMIN, text=f"the {leaked} came").text
        assert "1 added" in site.send("/leak", value=leaked).text
        until(lambda: "[PERSON_1]" in site.leave(ADMIN, text=f"the {leaked} came").text)
        assert "is in force, and has no errors" in site.get("/policy", ADMIN).text
        site.holds_nowhere(leaked, [ADMIN])


def test_workers_take_each_others_sign_ins_and_log_nothing_of_them(tmp_path, own):
    policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, [rule("plain", "everything")])
    with OpenIdServer() as openid:
        openid.claims["groups"] = "clinic-admins"
        settings = openid_settings(openid.issuer, "http://127.0.0.1:9090", workers=2, log_level="debug")
        environment = {variable(name): str(value) for name, value in settings.items()}
        environment["LABELGUARD_CACHE"] = str(tmp_path / "cache")
        with labelguard(policy.file, tmp_path, **environment) as (url, _):
            cookies, seen = httpx.Cookies(), []

            def ask(path):
                with httpx.Client(base_url=url, cookies=cookies, timeout=HANGS_S, trust_env=False) as one:
                    answer = one.get(path)
                cookies.update(one.cookies)
                return answer

            for _ in range(TRIES):
                away = ask("/console/sign-in").headers["location"]
                back = httpx.URL(httpx.get(away, trust_env=False).headers["location"])
                assert ask(back.raw_path.decode()).status_code == 303
                seen.append(ask("/console/today"))
        assert [answer.status_code for answer in seen] == [200] * TRIES
        words = [SUBJECT, CLIENT_SECRET, "canary-", *openid.tokens, *(form["code"] for form in openid.forms)]
        log = (tmp_path / "labelguard.log").read_text()
    assert "somebody signed in as admin" in log
    assert [word for word in words if word in log] == []
