"""Cookies of the console: who has signed in, and which sign-in was begun; sealed, so that we alone can make one."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from backend.server.console.access import ConsoleRole, ConsoleUser
from backend.server.console.openid.provider import BegunSignIn
from backend.system.sealing import Sealer

SESSION_S = 8 * 3600
"""Seconds for which somebody is signed in."""
BEGUN_S = 600
"""Seconds that a sign-in may take."""
LONGEST_COOKIE = 4096


class Sessions:
    """Seals and opens cookies. Nothing is kept here: all workers, and servers that share a secret, take each other's.

    Args:
        secret: of the deployment, from which the key is derived.
        known: what sessions hang on: once it changes, as the client's secret does, all have ended.
        is_secure: whether browsers reach us by TLS.
        now: tells Unix time.
    """

    def __init__(
        self, secret: bytes, known: Mapping[str, Any], *, is_secure: bool, now: Callable[[], float] = time.time
    ) -> None:
        self._sealer = Sealer(secret, "console session")
        self._known = self._sealer.name(known)
        self._is_secure, self._now = is_secure, now
        self.session_cookie = "__Host-labelguard" if is_secure else "labelguard"
        self.begun_cookie = f"{self.session_cookie}-begun"

    def user(self, request: Request) -> ConsoleUser | None:
        """Return who has signed in, None if nobody has, or too long ago."""
        said = self._open(request, self.session_cookie)
        return ConsoleUser(said["role"], said["session"]) if said else None

    def begun(self, request: Request) -> BegunSignIn | None:
        """Return the sign-in that was begun in this browser, None if none was, or too long ago."""
        said = self._open(request, self.begun_cookie)
        return BegunSignIn(said["state"], said["nonce"], said["verifier"], said["goal"]) if said else None

    def begin(self, response: Response, begun: BegunSignIn) -> None:
        """Have a browser remember that a sign-in was begun."""
        self._put(response, self.begun_cookie, asdict(begun), BEGUN_S)

    def sign_in(self, response: Response, role: ConsoleRole) -> None:
        """Have a browser signed in."""
        self._put(response, self.session_cookie, {"role": role, "session": secrets.token_hex(16)}, SESSION_S)
        self._drop(response, self.begun_cookie)

    def sign_out(self, response: Response) -> None:
        """Have a browser forget who has signed in."""
        self._drop(response, self.session_cookie)

    def _put(self, response: Response, name: str, said: Mapping[str, str], seconds: int) -> None:
        body = json.dumps({**said, "until": int(self._now()) + seconds}).encode()
        sealed = base64.urlsafe_b64encode(self._sealer.close(body, [name, self._known])).decode()
        response.set_cookie(name, sealed, max_age=seconds, **self._form())

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, **self._form())

    def _form(self) -> dict[str, Any]:
        path = "/" if self._is_secure else "/console"  # by the prefix of its name it must be the whole host's
        return {"path": path, "secure": self._is_secure, "httponly": True, "samesite": "lax"}

    def _open(self, request: Request, name: str) -> dict[str, Any] | None:
        given = request.cookies.get(name, "")
        try:
            sealed = base64.b64decode(given[:LONGEST_COOKIE], b"-_", validate=True)
        except ValueError:
            return None
        body = self._sealer.open(sealed, [name, self._known])
        said: dict[str, Any] = json.loads(body) if body else {}
        return said if said and self._now() <= said["until"] else None
