"""What is asked of the OpenID provider: one answer a request, within bounds, by no proxy and along no redirect."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import certifi
import httpx

from backend.errors import IdentityProviderError, SettingsError
from backend.labelstudio.fetch.bodies import read_body
from backend.labelstudio.fetch.places import NoAccessError
from backend.settings import variable

ASK_S = 10.0
"""Seconds for a request, with its answer."""
MOST_BYTES = 256 * 2**10
"""Longest answer that is read: tens of keys, or a token of a thousand groups."""
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "labelguard"}


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What it answered.

    Attributes:
        status: HTTP's.
        said: the object of JSON; empty with any other status than 200.
    """

    status: int
    said: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"ProviderAnswer({self.status})"


class ProviderLine:
    """Asks the provider. No cookie, proxy, redirect, password file or variable of the environment has a say.

    Args:
        ca: PEM file of the authority that vouches for it; None for those of the machine, and certifi's.

    Raises:
        SettingsError: the file cannot be read.
    """

    def __init__(self, ca: Path | None) -> None:
        self._trusted = _trusted(ca)

    async def ask(
        self, url: str, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> ProviderAnswer:
        """Ask by GET, or send a form.

        Args:
            url: of the provider's.
            form: what is sent; None to ask.
            auth: user and password.

        Raises:
            IdentityProviderError: there is no answer, or none that can be read.
        """
        problem = ""
        try:
            async with asyncio.timeout(ASK_S):
                return await self._ask(url, form, auth)
        except TimeoutError:
            problem = f"did not answer within {ASK_S:g} seconds"
        except NoAccessError as error:
            problem = f"gave an answer that {error.reason}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # their texts quote the address
            problem = f"cannot be reached ({type(error).__name__})"
        except (ValueError, RecursionError):
            problem = "gave an answer that is no object of JSON"
        raise IdentityProviderError(problem)

    async def _ask(self, url: str, form: Mapping[str, str] | None, auth: tuple[str, str] | None) -> ProviderAnswer:
        method = "GET" if form is None else "POST"
        async with (
            httpx.AsyncClient(
                verify=self._trusted,
                trust_env=False,
                follow_redirects=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                timeout=ASK_S,
            ) as client,
            client.stream(method, url, data=form, headers=_HEADERS, auth=auth) as response,
        ):
            if response.is_redirect:
                raise IdentityProviderError(f"answers by a redirect, which is not followed ({response.status_code})")
            body = await read_body(response, MOST_BYTES) if response.status_code == 200 else b""
        said = json.loads(body) if body else {}
        if not isinstance(said, dict):
            raise ValueError
        return ProviderAnswer(response.status_code, said)


def _trusted(ca: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ValueError):  # ssl's own errors are OSErrors
        pass
    else:
        if ca is None:
            context.load_verify_locations(certifi.where())
        context.keylog_filename = None  # type: ignore[assignment]  # SSLKEYLOGFILE would write the connection's secrets
        return context
    problem = "the file holds no certificates that can be read"
    raise SettingsError(variable("console_oidc_ca"), problem, "name a PEM file")
