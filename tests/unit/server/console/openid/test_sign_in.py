"""Sign-in by an OpenID provider: who comes in, as whom, and each way in that is none."""

import base64
import gzip
import hmac
import json
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from backend.errors import SettingsError
from backend.server.console.openid import outward
from backend.server.console.openid.sign_in import own_goal
from tests.authority import Authority
from tests.openid import KEYS, SUBJECT, OpenIdServer, unsigned
from tests.patience import HANGS_S
from tests.unit.server.console.conftest import ADMIN, EVERY, VIEWER, open_site
from tests.unit.server.console.openid.conftest import ADMINS, VIEWERS

PAGES = ("", "/policy", "/today", "/record")


def refused(site, answer, status, *words):
    """See that nobody came in, and what the page says."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert all(word in answer.text for word in words), answer.text
    assert "labelguard" not in site.client.cookies
    assert "set-cookie" not in answer.headers
    assert site.get("", None).status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_shown_where_to_sign_in_and_nothing_else(site, path):
    answer = site.get(path, None)
    assert answer.status_code == 401
    assert "www-authenticate" not in answer.headers
    assert f'href="/console/sign-in?next=/console{path}"' in answer.text
    assert "<nav" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for user in (VIEWER, ADMIN, ("viewer", ""), ("admin", "")):
        assert site.get(path, user).status_code == 401


@pytest.mark.parametrize(("groups", "role"), [(VIEWERS, "viewer"), (ADMINS, "admin"), ("clinic-admins", "admin")])
def test_whoever_has_a_role_comes_in(site, openid, groups, role):
    openid.claims["groups"] = groups
    answer = site.sign_in("/sign-in?next=/console/today")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/today")
    for path in EVERY if role == "admin" else PAGES:
        page = site.get(path, None)
        assert page.status_code == 200
        assert "Sign out" in page.text
        assert f'<span class="who">{role}</span>' in page.text
        assert "set-cookie" not in page.headers
    for path in ("/style.css", "/icon.svg"):
        assert site.get(path, None).status_code == 200
    assert site.leave(None, text="Seen.").status_code == 200
    retry = site.client.post("/console/retry", data={"project": "7"})
    assert (retry.status_code, "sign in as admin" in retry.text) == (403, role == "viewer")


def test_cookies_are_kept_from_scripts_and_other_sites(site):
    away = site.client.get("/console/sign-in")
    back = site.client.get(httpx.get(away.headers["location"], trust_env=False).headers["location"])
    begun, session, dropped = [one.lower() for a in (away, back) for one in a.headers.get_list("set-cookie")]
    for cookie in (begun, session, dropped):
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/console" in cookie
        assert "domain" not in cookie
    assert begun.startswith("labelguard-begun=")
    assert session.startswith("labelguard=")
    assert "max-age=28800" in session
    assert dropped.startswith('labelguard-begun=""; expires=')
    assert away.headers["cache-control"] == back.headers["cache-control"] == "no-store"


def test_it_asks_for_a_code_with_state_nonce_and_challenge(site, openid):
    seen = [parse_qs(urlsplit(site.client.get("/console/sign-in?anew").headers["location"]).query) for _ in range(2)]
    for asked in seen:
        assert asked["response_type"] == ["code"]
        assert asked["scope"] == ["openid"]
        assert asked["prompt"] == ["login"]
        assert asked["redirect_uri"] == [f"{site.client.base_url}/console/signed-in".replace("//console", "/console")]
        assert asked["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert seen[0][name] != seen[1][name]
        assert len(seen[0][name][0]) == 43
    assert all(one not in str(seen) for one in ("client-secret", "verifier"))


def test_sign_out_ends_it_and_is_asked_by_its_own_page_alone(site):
    site.sign_in()
    page = site.get("", None).text
    token = re.findall(r'action="/console/sign-out"[^>]*><input type="hidden" name="token" value="([^"]*)"', page)[0]
    foreign = site.client.post("/console/sign-out", data={"token": site.token("", None, "")})
    assert (foreign.status_code, site.get("", None).status_code) == (403, 200)
    cross = {"sec-fetch-site": "cross-site"}
    assert site.client.post("/console/sign-out", data={"token": token}, headers=cross).status_code == 403
    answer = site.client.post("/console/sign-out", data={"token": token})
    assert (answer.status_code, "Signed out" in answer.text) == (200, True)
    assert "labelguard" not in site.client.cookies
    assert site.get("", None).status_code == 401


def test_a_form_is_good_for_the_session_that_it_was_made_for(site):
    site.sign_in()
    token = site.token("", None, "")
    site.client.cookies.clear()
    site.sign_in()
    answer = site.client.post("/console", data={"token": token, "text": "Seen."})
    assert (answer.status_code, "does not come from" in answer.text) == (403, True)


@pytest.mark.parametrize(
    "groups", [None, [], "", ["elsewhere"], "clinic-viewers,others", 7, {"clinic-admins": 1}, [["others"]]]
)
def test_nobody_without_a_role_comes_in(site, openid, groups):
    openid.claims["groups"] = groups
    answer = site.sign_in()
    refused(site, answer, 403, "the claim groups has no value that lets you in here")
    assert SUBJECT not in answer.text
    assert "elsewhere" not in answer.text


def test_the_answer_must_be_to_what_this_browser_asked(site):
    away = site.client.get("/console/sign-in").headers["location"]
    back = httpx.get(away, trust_env=False).headers["location"]
    for changed in (
        back.replace("state=", "state=x"),
        back.replace("state=", "other="),
        back + "&state=é",
        back + "&iss=https://evil.example",
        back.replace("code=", "kode="),
        back + "&error=access_denied",
    ):
        refused(site, site.client.get(changed), 403, "nobody was signed in")
    with httpx.Client(base_url=site.client.base_url, trust_env=False) as other:
        assert "begun in another browser" in other.get(back).text
        other.get("/console/sign-in")
        assert "not the answer to what this browser asked" in other.get(back).text
    assert site.client.get(back).status_code == 303


def test_a_code_is_good_once(site):
    away = site.client.get("/console/sign-in")
    begun = dict(site.client.cookies)
    back = httpx.get(away.headers["location"], trust_env=False).headers["location"]
    assert site.client.get(back).status_code == 303
    site.client.cookies.clear()
    site.client.cookies.update(begun)
    refused(site, site.client.get(back), 403, "does not take the code")


def test_a_code_of_another_sign_in_is_not_taken(site, openid):
    """Somebody puts a code of their own into another's answer: the verifier is not theirs."""
    first = httpx.get(site.client.get("/console/sign-in").headers["location"], trust_env=False).headers["location"]
    second = httpx.get(site.client.get("/console/sign-in").headers["location"], trust_env=False).headers["location"]
    stolen = parse_qs(urlsplit(first).query)["code"][0]
    changed = re.sub(r"code=[^&]*", f"code={stolen}", second)
    refused(site, site.client.get(changed), 403, "does not take the code")


NOW, AGES = int(time.time()), 1_000_000
PUBLIC = RSAKey.import_key(KEYS["own"].as_dict()).as_pem(private=False)
MALLORY = RSAKey.generate_key(2048)


def by_secret(claims):
    """Sign with what is public, as if it were a secret."""
    bare = unsigned({"alg": "HS256", "kid": "own"}, claims)
    seal = hmac.digest(PUBLIC, bare.rstrip(".").encode(), "sha256")
    return bare + base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def with_own_key(claims):
    """Bring the key that it is signed with along."""
    header = {"alg": "RS256", "kid": "own", "jwk": MALLORY.as_dict(private=False)}
    return jwt.encode(header, claims, MALLORY, ["RS256"])


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ""},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["another"]},
        {"aud": ["labelguard-console", "another"]},
        {"aud": "another", "azp": "labelguard-console"},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"exp": NOW - AGES},
        {"exp": None},
        {"exp": "soon"},
        {"iat": NOW + AGES},
        {"iat": None},
        {"nbf": NOW + AGES},
        {"at_hash": 7, "aud": 7},
    ],
)
def test_a_token_that_says_anything_else_is_not_taken(site, openid, changed):
    openid.claims.update(changed)
    refused(site, site.sign_in(), 403, "nobody was signed in: the token of the OpenID provider")
    assert openid.tokens


@pytest.mark.parametrize(
    "write",
    [
        lambda claims: unsigned({"alg": "none"}, claims),
        lambda claims: unsigned({"alg": "None", "kid": "own"}, claims),
        lambda claims: unsigned({"alg": "RS256", "kid": "own"}, claims),
        by_secret,
        with_own_key,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "own"}, claims, KEYS["other"]),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "unheard"}, claims, KEYS["other"]),
        lambda claims: jwt.encode({"alg": "RS256"}, claims, KEYS["other"]),
        lambda claims: jwt.encode(
            {"alg": "HS256", "kid": "secret"}, claims, OctKey.import_key(b"secret" * 4), ["HS256"]
        ),
        lambda claims: "a.b.c",
        lambda claims: "....",
        lambda claims: "é",
        lambda claims: "",
    ],
    ids=[
        "none",
        "None",
        "cut",
        "public",
        "brought",
        "other",
        "unheard",
        "unnamed",
        "listed",
        "a",
        "dots",
        "é",
        "empty",
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_not_taken(site, openid, write):
    openid.write = write
    refused(site, site.sign_in(), 403, "nobody was signed in: the token of the OpenID provider")


def test_a_token_by_an_elliptic_curve_is_taken(site, openid):
    openid.key = "curve"
    assert site.sign_in().status_code == 303


def test_a_key_that_is_new_is_known_at_once(site, openid, monkeypatch):
    assert site.sign_in().status_code == 303
    monkeypatch.setitem(KEYS, "own", RSAKey.generate_key(2048, {"kid": "new", "use": "sig"}))
    assert site.sign_in().status_code == 303


def test_the_secret_is_sent_as_the_provider_takes_it(site, openid):
    openid.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert site.sign_in().status_code == 303
    assert openid.forms[0]["client_secret"]


DISCOVERY = "/.well-known/openid-configuration"
BOMB = gzip.compress(b" " * 20 * 2**20)
LONG = json.dumps({"a": "x" * outward.MOST_BYTES}).encode()


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((302, {"Location": "/elsewhere"}, b""), "redirect"),
        ((307, {"Location": "/elsewhere"}, b""), "redirect"),
        ((200, {}, LONG), "is longer than"),
        ((200, {"Content-Encoding": "gzip"}, BOMB), "is longer than"),
        ((200, {"Content-Encoding": "br"}, b"x"), "packed"),
        ((200, {}, b"<html>"), "no object of JSON"),
        ((200, {}, b"[]"), "no object of JSON"),
        ((200, {}, b"[" * 100_000), "no object of JSON"),
        ((500, {}, b"{}"), "the OpenID provider"),
        ((200, {"Content-Length": "99"}, b"{"), "cannot be reached"),
    ],
    ids=["302", "307", "long", "bomb", "br", "html", "list", "deep", "500", "cut"],
)
def test_a_provider_that_answers_otherwise_is_told(site, openid, path, answer, word):
    openid.answers[path] = answer
    away = site.client.get("/console/sign-in")
    if path != DISCOVERY:
        away = site.client.get(httpx.get(away.headers["location"], trust_env=False).headers["location"])
    assert (away.status_code, word in away.text) == (502, True), away.text
    assert "/elsewhere" not in openid.received
    refused(site, site.get("/signed-in", None), 403) if path == DISCOVERY else None
    assert site.get("", None).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": "https://user@evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://[/"},
    ],
    ids=str,
)
def test_a_provider_with_other_places_is_not_asked(site, openid, changed):
    openid.metadata = changed
    answer = site.client.get("/console/sign-in")
    assert (answer.status_code, "the OpenID provider" in answer.text) == (502, True)


def test_a_provider_that_is_slow_or_down_keeps_nobody_else_waiting(site, openid, monkeypatch):
    monkeypatch.setattr(outward, "ASK_S", 0.2)
    openid.gate.clear()
    slow = site.client.get("/console/sign-in")
    assert (slow.status_code, "did not answer within" in slow.text or "ReadTimeout" in slow.text) == (502, True)
    assert site.client.get("/health").status_code == 200
    openid.gate.set()
    openid.__exit__()
    down = site.client.get("/console/sign-in")
    assert (down.status_code, "cannot be reached" in down.text) == (502, True)
    assert openid.issuer not in down.text


def test_no_variable_of_the_environment_leads_elsewhere(site, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login canary password canary")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert site.sign_in().status_code == 303


def test_a_provider_is_known_by_its_own_authority_alone(tmp_path, monkeypatch):
    authority = Authority.made(tmp_path)
    for ca, status in ((authority.file, 303), (None, 502)):
        with (
            OpenIdServer(authority.context) as openid,
            open_site(tmp_path, monkeypatch, openid=openid.issuer, console_oidc_ca=ca) as site,
        ):
            assert site.client.get("/console/sign-in").status_code == status
    (tmp_path / "ca.pem").write_text("no certificate")
    for file in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(SettingsError, match="CONSOLE_OIDC_CA: the file holds no certificates"):
            outward.ProviderLine(file)


def test_both_ways_in_may_be_open(tmp_path, monkeypatch, openid):
    with open_site(tmp_path, monkeypatch, openid=openid.issuer, console_viewer_password=VIEWER[1]) as site:
        shown = site.get("", None)
        assert (shown.status_code, "www-authenticate" in shown.headers) == (401, False)
        assert 'href="/console?basic"' in shown.text
        asked = site.get("?basic", None)
        assert (asked.status_code, asked.headers["www-authenticate"][:5]) == (401, "Basic")
        assert site.get("", VIEWER).status_code == 200
        assert "Sign out" not in site.get("", VIEWER).text
        assert site.get("", ADMIN).status_code == 401
        openid.claims["groups"] = ADMINS
        site.sign_in()
        assert '<span class="who">admin</span>' in site.get("", None).text


def test_without_a_provider_there_are_no_such_paths(tmp_path, monkeypatch):
    with open_site(tmp_path, monkeypatch, console_viewer_password=VIEWER[1]) as site:
        assert [site.get(path).status_code for path in ("/sign-in", "/signed-in")] == [404, 404]
        assert site.client.post("/console/sign-out").status_code == 404


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("/console/record?project=12&outcome=failed", "/console/record?project=12&outcome=failed"),
        *((f"/console{path}", f"/console{path}") for path in EVERY),
        ("", "/console"),
        ("//evil.example", "/console"),
        ("//evil.example/console", "/console"),
        ("/\\evil.example", "/console"),
        ("\\\\evil.example", "/console"),
        ("https://evil.example/console", "/console"),
        ("https:/console", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/console/../predict", "/console"),
        ("/console/sign-in", "/console"),
        ("/console\r\nx: y", "/console"),
        ("/console/today#//evil.example", "/console/today"),
        ("/console/today?a=\r\nx", "/console/today?a=x"),
        ("/console?" + "a=1&" * 200, "/console"),
        ("/console/today?" + "a" * 2000, "/console"),
        ("http://[", "/console"),
    ],
)
def test_one_goes_on_to_pages_of_ours_alone(asked, goal):
    assert own_goal(asked) == goal


def test_sign_in_leads_to_no_other_site(site):
    assert site.sign_in("/sign-in?next=//evil.example").headers["location"] == "/console"


def test_nothing_of_a_sign_in_is_logged_or_stored(site, openid, caplog):
    caplog.set_level(logging.DEBUG)
    openid.claims["email"] = "canary-5503@example.org"
    site.sign_in()
    page = site.get("", None).text
    openid.claims["groups"] = ["canary-5504"]
    site.sign_in()
    openid.write = lambda claims: "canary-5505"
    site.sign_in()
    told = caplog.text + page
    words = [SUBJECT, "canary-", "client-secret", *openid.tokens, *(form["code"] for form in openid.forms)]
    words += [form["code_verifier"] for form in openid.forms] + [site.client.cookies["labelguard"]]
    assert [word for word in words if word in told] == []
    assert "somebody signed in as viewer" in caplog.text
    for file in site.folder.rglob("*"):
        assert not file.is_file() or not any(word.encode() in file.read_bytes() for word in words), file


def test_many_sign_ins_wait_for_the_provider_and_more_are_refused(site, openid):
    openid.gate.clear()

    def begin(_):
        return httpx.get(f"{site.client.base_url}/console/sign-in", timeout=HANGS_S, trust_env=False).status_code

    with ThreadPoolExecutor(9) as pool:
        asked = [pool.submit(begin, number) for number in range(9)]
        assert next(as_completed(asked)).result() == 503
        openid.gate.set()
        assert sorted(one.result() for one in asked) == [303] * 8 + [503]
