"""What a deployment reaches: Label Studio, its projects, providers. To a provider nothing is sent."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import aclosing, suppress
from urllib.parse import urlsplit

from backend.cli.doctor.symptoms import Symptom
from backend.engine.assemble import label_studio_access
from backend.engine.learning import webhook_secret
from backend.errors import LabelguardError, LabelStudioError, ProviderSetupError
from backend.labelstudio.api import Connection, ConnectionsApi
from backend.model.clients import tls_context
from backend.model.senders import read_api_key
from backend.policy import Policy
from backend.policy.vendors import vendor_address
from backend.providers import OWN_KINDS, Provider
from backend.settings import Settings, variable

WAIT_S = 10.0
"""Seconds until what does not answer is given up."""
PORTS = {"http": 80, "https": 443}


async def far_symptoms(settings: Settings, policy: Policy | None, url: str, projects: Sequence[int]) -> list[Symptom]:
    """Look at what is reached from here.

    Args:
        settings: of the server.
        policy: in force; None if it cannot be read.
        url: the backend's as Label Studio reaches it, "" to look at no project.
        projects: that are to be connected to it.
    """
    found = [await _server(settings)]
    found += await _label_studio(settings, url, projects)
    providers = [one for one in policy.providers if one.kind not in OWN_KINDS] if policy else []
    return found + list(await asyncio.gather(*map(_provider, providers)))


async def _server(settings: Settings) -> Symptom:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - it is asked, not bound
    said = f"{settings.host}:{settings.port}"
    if await _connects(host, settings.port):
        return Symptom("server", "ok", f"something listens at {said}")
    return Symptom("server", "warning", f"nothing listens at {said}", "labelguard serve starts it")


async def _connects(host: str, port: int) -> bool:
    with suppress(OSError, TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), WAIT_S)
        writer.close()
        return True
    return False


async def _label_studio(settings: Settings, url: str, projects: Sequence[int]) -> list[Symptom]:
    access = label_studio_access(settings)
    if access is None:
        said = "is not named: what a click has no time for is stored by nobody, and reviews are not told apart"
        remedy = f"set {variable('label_studio_url')} and {variable('label_studio_token')}"
        return [Symptom("Label Studio", "warning", said, remedy)]
    try:
        async with aclosing(ConnectionsApi(access)) as api:
            seen = await api.projects()
            found = [Symptom("Label Studio", "ok", f"{settings.label_studio_url}: its user sees {len(seen)} projects")]
            for number in projects or (seen if url else ()):
                found += await _project(api, number, Connection(url, secret=webhook_secret(settings)))
            return found
    except LabelStudioError as error:
        return [Symptom("Label Studio", "failed", error.reason)]


async def _project(api: ConnectionsApi, number: int, wanted: Connection) -> list[Symptom]:
    about, remedy = f"project {number}", f"labelguard connect --url {wanted.url} --project {number}"
    try:
        lacking = await api.lacks(number, wanted)
    except LabelStudioError as error:
        return [Symptom(about, "failed", error.reason)]
    return [Symptom(about, "warning", said, remedy) for said in lacking] or [Symptom(about, "ok", "is connected")]


async def _provider(provider: Provider) -> Symptom:
    about = f"provider {provider.name}"
    try:
        read_api_key(provider)
        host, port, context = await asyncio.to_thread(_place, provider)
    except LabelguardError as error:
        return Symptom(about, "failed", error.reason)
    through = " (its proxy)" if provider.proxy else ""
    said = f"{host}:{port}{through}"
    try:
        opening = asyncio.open_connection(host, port, ssl=context, server_hostname=host if context else None)
        _, writer = await asyncio.wait_for(opening, WAIT_S)
    except ssl.SSLCertVerificationError:
        return Symptom(about, "failed", f"{said} has a certificate that is not trusted", "name its authority in `ca`")
    except (OSError, TimeoutError) as error:
        problem = "does not answer" if isinstance(error, TimeoutError) else "cannot be reached"
        return Symptom(about, "failed", f"{said} {problem}", "see address, firewall and `proxy` in the policy")
    writer.close()
    return Symptom(about, "ok", f"{said} can be reached{', and text leaves to it' if provider.external else ''}")


def _place(provider: Provider) -> tuple[str, int, ssl.SSLContext | None]:
    """Return what is connected to, and how; of a proxy itself alone."""
    address = urlsplit(provider.proxy or provider.address or vendor_address(provider.kind, provider.model) or "")
    if not address.hostname:
        raise ProviderSetupError(provider.name, "has no address - write the base URL of its API")
    context = tls_context(provider) if address.scheme == "https" else None
    return address.hostname, address.port or PORTS[address.scheme], context
