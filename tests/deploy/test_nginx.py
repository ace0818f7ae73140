"""The reverse proxy of deploy/nginx.conf, by real nginx: requests pass it whole, and no text stays there."""

import re
import shutil
import ssl
from pathlib import Path

import httpx
import pytest

from backend.settings import Settings, variable
from tests.authority import Authority
from tests.child import ROOT, Child, free_port, labelguard
from tests.openid import OpenIdServer, openid_settings
from tests.parts import SENTIMENT, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

CONFIG = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
USER = ("label-studio", "a-password-of-the-test")
CANARY = "canary-5120"
TASKS = 8
AROUND = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


def adapted(folder, address, port):
    """Return the shipped file with this machine's places in it, each of which stands there once."""
    (folder / "tls.key").write_bytes((folder / "server.pem").read_bytes())
    changed = CONFIG
    for what, own in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/labelguard/tls.crt": f"{folder}/server.pem",
        "/etc/labelguard/tls.key": f"{folder}/tls.key",
        "http://127.0.0.1:9090": address,
        "/var/log/nginx/labelguard.log": f"{folder}/access.log",
    }.items():
        assert changed.count(what) == 1, what
        changed = changed.replace(what, own)
    return AROUND.format(folder=folder, server=changed)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server behind nginx; yields a client of nginx, and the folder of its files."""
    folder = tmp_path_factory.mktemp("nginx")
    authority = Authority.made(folder)
    with StandIn() as model, OpenIdServer() as openid:
        openid.claims["groups"] = "clinic-viewers"
        model.answer = lambda request, schema: {"mood": "Good"}
        policy = write_policy(folder, {"own": provider(model.address, external=False)})
        port = free_port()
        base = f"https://127.0.0.1:{port}"
        auth = {"LABELGUARD_BASIC_AUTH_USER": USER[0], "LABELGUARD_BASIC_AUTH_PASSWORD": USER[1]}
        auth |= {variable(name): value for name, value in openid_settings(openid.issuer, base).items()}
        with labelguard(policy.file, folder, USER, **auth) as (address, _):
            (folder / "nginx.conf").write_text(adapted(folder, address, port))
            program = shutil.which("nginx") or str(ROOT / ".cache" / "nginx" / "usr" / "sbin" / "nginx")
            command = [program, "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
            with Child(command, {}, folder, folder / "nginx.log") as nginx:
                trusting = ssl.create_default_context(cafile=authority.file)
                with httpx.Client(
                    base_url=base, auth=USER, verify=trusting, timeout=HANGS_S, trust_env=False
                ) as client:
                    _wait(client, nginx)
                    yield client, folder


def _wait(client, nginx):
    while nginx.is_running:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.ConnectError:
            continue
    raise RuntimeError(nginx.output())


def test_a_click_passes_it(world):
    client, _ = world
    assert client.post("/setup", json=setup_body(SENTIMENT)).status_code == 200
    results = client.post("/predict", json=predict_body(SENTIMENT, f"It was fine, {CANARY}.")).json()["results"]
    assert results[0]["result"][0]["value"] == {"choices": ["Good"]}


def test_a_path_and_a_wrong_password_pass_it(world):
    client, _ = world
    assert client.post("/team-a/setup", json=setup_body(SENTIMENT)).status_code == 200
    assert client.get("/health", auth=("label-studio", "wrong")).status_code == 401


def test_somebody_signs_in_behind_it_and_its_log_has_no_code(world):
    client, folder = world
    away = client.get("/console/sign-in?next=/console/today")
    back = httpx.get(away.headers["location"], trust_env=False).headers["location"]
    assert back.startswith(f"{client.base_url}/console/signed-in?".replace("//console", "/console"))
    answer = client.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/today")
    assert sorted(client.cookies) == ["__Host-labelguard"]
    assert all("Secure" in one for one in answer.headers.get_list("set-cookie"))
    page = client.get("/console/today", auth=None)
    assert (page.status_code, '<span class="who">viewer</span>' in page.text) == (200, True)
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    assert client.post("/console/sign-out", data={"token": token}).status_code == 200
    assert list(client.cookies) == []
    log = (folder / "access.log").read_text()
    assert "/console/signed-in" in log
    assert not re.search(r"[?&]|code=|state=", log)


def test_as_much_as_the_server_takes_passes_it_and_stands_in_no_file(world):
    client, folder = world
    most = Settings.model_fields["max_body_bytes"].default
    texts = [f"{CANARY} " + "x" * (most // TASKS - 1_000)] * TASKS  # each is longer than a rule lets pass
    answer = client.post("/predict", json=predict_body(SENTIMENT, *texts))
    assert answer.json()["results"] == [{}] * TASKS
    assert client.post("/predict", content=b"[" * (most + 1)).status_code == 413
    written = [file for file in folder.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]
    assert written == []
    assert not any(file.is_file() for name in ("body", "proxy") for file in Path(folder, name).rglob("*"))


def test_it_waits_longer_than_the_server_takes():
    (waits,) = map(int, re.findall(r"proxy_read_timeout (\d+)s;", CONFIG))
    assert waits > Settings.model_fields["predict_timeout"].default + Settings.model_fields["stop_timeout"].default
