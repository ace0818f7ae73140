"""An OpenID provider on loopback that can be told to misbehave, and a browser without pages that signs in by it."""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

CLIENT, CLIENT_SECRET = "labelguard-console", "client-secret-7731/+"
SUBJECT = "canary-subject-5501"
KEYS: dict[str, Key] = {
    "own": RSAKey.generate_key(2048, {"kid": "own", "use": "sig"}),
    "other": RSAKey.generate_key(2048, {"kid": "own", "use": "sig"}),
    "curve": ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"}),
}
"""`other` calls itself `own`, and is published nowhere."""


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token without a signature."""
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return ".".join((*parts, ""))


class OpenIdServer:
    """Signs in whoever asks, as somebody with these claims. How it behaves may be changed at any time.

    Args:
        context: for TLS; None for plain http.

    Attributes:
        claims: of the ID token; what is None is left out.
        write: claims → the token.
        answers: by path, what is answered in place of what should be: status, headers, body.
        gate: each answer waits until it is set.
        metadata: what it tells of itself in place of what holds.
        received: paths that were asked for.
        forms: what its token endpoint was sent.
        tokens: what it gave.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.claims: dict[str, Any] = {}
        self.key, self.write = "own", self.signed
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.metadata: dict[str, Any] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.received: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.issuer = f"http{'s' if context else ''}://127.0.0.1:{self._server.server_port}"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(self._server.shutdown)
        self._stack.callback(self._server.server_close)
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._stack.close()

    def signed(self, claims: dict[str, Any]) -> str:
        """Sign claims with a key of ours."""
        key = KEYS[self.key]
        alg = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, [alg])

    def documents(self) -> dict[str, Any]:
        """Return what it tells of itself, by path."""
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        told = {"issuer": self.issuer, **{name: self.issuer + path for name, path in places.items()}}
        public = [KEYS[name].as_dict(private=False) for name in ("own", "curve")]
        strange = [
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
            {"kty": "AKP", "kid": "own"},
            "no key",
        ]
        return {"/.well-known/openid-configuration": told | self.metadata, "/keys": {"keys": [*strange, *public]}}

    def authorized(self, asked: dict[str, str]) -> str:
        """Return where a browser is sent back to: nobody is asked for a password here."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert (asked["client_id"], asked["scope"]) == (CLIENT, "openid")
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, str]]:
        """Give the token for a code, once, to who asked for it."""
        self.forms.append(form)
        asked = self.codes.pop(form["code"], None)
        verified = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if not asked or asked["code_challenge"] != verified.rstrip("="):
            return 400, {"error": "invalid_grant", "error_description": SUBJECT}
        if asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **self.claims}
        self.tokens.append(self.write({name: value for name, value in claims.items() if value is not None}))
        return 200, {"access_token": "canary-access-5502", "token_type": "Bearer", "id_token": self.tokens[-1]}


class _Handler(BaseHTTPRequestHandler):
    provider: OpenIdServer

    def do_GET(self):
        server = self.provider
        server.received.append(self.path)
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        server.gate.wait()
        if path in server.answers:
            self._answer(*server.answers[path])
        elif path == "/authorize":
            self._answer(302, {"Location": server.authorized(dict(parse_qsl(query)))}, b"")
        else:
            said = server.documents().get(path)
            self._answer(200 if said else 404, {}, json.dumps(said).encode())

    def do_POST(self):
        server = self.provider
        server.received.append(self.path)
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        server.gate.wait()
        if self.path in server.answers:
            self._answer(*server.answers[self.path])
            return
        status, said = server.token(form) if self._is_known(form) else (401, {})
        self._answer(status, {}, json.dumps(said).encode())

    def _is_known(self, form):
        """Say whether a client shows its secret, as the provider wants it to."""
        if self.provider.metadata.get("token_endpoint_auth_methods_supported"):
            return form.get("client_secret") == CLIENT_SECRET
        basic = base64.b64encode(f"{CLIENT}:{quote(CLIENT_SECRET, safe='')}".encode()).decode()
        return self.headers.get("authorization") == f"Basic {basic}"

    def _answer(self, status, headers, body):
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # whoever asked has heard enough
            self.close_connection = True

    def log_message(self, *_):
        pass


def openid_settings(issuer: str, url: str, **more: Any) -> dict[str, Any]:
    """Return the settings of a console that signs in by a provider.

    Args:
        issuer: the provider.
        url: of the console's server.
        more: settings in place of these.
    """
    own = {"issuer": issuer, "client": CLIENT, "client_secret": CLIENT_SECRET}
    own |= {"viewers": "clinic-viewers, others", "admins": "clinic-admins"}
    return {"console_url": url, **{f"console_oidc_{name}": value for name, value in own.items()}, **more}
