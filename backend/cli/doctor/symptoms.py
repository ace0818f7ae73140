"""What can be seen of a deployment on this machine: policy, keys, disk, database, model, settings."""

import importlib.util
import ipaddress
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from backend.engine.assemble import LEAST_KEY
from backend.errors import LabelguardError
from backend.model.embedded.file import file_hash, named
from backend.policy import Policy
from backend.settings import Settings, variable
from backend.store import clock_ahead, open_store
from backend.system.disk import reason_of

State = Literal["ok", "warning", "failed", "skipped"]
MALICIOUS = {"litellm": ("1.82.7", "1.82.8")}
"""Versions of packages that were published by somebody else than their makers, and sent keys away."""
SHOWN = ("labelguard", "label-studio-ml", "litellm", "openai", "presidio-analyzer", "spacy")
LEAST_FREE = 2**30
"""Bytes that a disk should have left."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
MOST_APART_S = 2.0
"""Seconds by which clocks of machines that share a database may differ."""
OTHERS = 0o077
"""Permissions of anybody but a file's owner."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What was seen.

    Attributes:
        about: what was looked at.
        state: how it is; what `failed` keeps the server from working.
        said: what was seen, in words.
        remedy: what to do, "" if nothing is to be done.
    """

    about: str
    state: State
    said: str
    remedy: str = ""

    def flat(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def near_symptoms(settings: Settings) -> tuple[list[Symptom], Policy | None]:
    """Look at what is on this machine; returns the policy too, if it can be read.

    Args:
        settings: of the server.
    """
    policy, said = _policy(settings)
    found = [*_versions(), *said, *_environment(policy), *_password(settings), *_keys(settings)]
    found += [*_database(settings), *_disks(settings), *(_model(settings, policy) if policy else ())]
    return found, policy


def tried(about: str, look: Callable[[], Symptom]) -> Symptom:
    """Return what is seen, or that it cannot be seen."""
    try:
        return look()
    except LabelguardError as error:
        return Symptom(about, "failed", error.reason)
    except OSError as error:
        return Symptom(about, "failed", reason_of(error))


def _versions() -> Iterator[Symptom]:
    there = {name: _version(name) for name in {*SHOWN, *MALICIOUS}}
    shown = ", ".join(f"{name} {there[name]}" for name in SHOWN if there[name])
    yield Symptom("versions", "ok", f"Python {platform.python_version()}, {shown}")
    for name, wrong in MALICIOUS.items():
        if there[name] in wrong:
            said = f"{name} {there[name]} was published by an attacker"
            yield Symptom(
                "versions", "failed", said, "take it off this machine, and change all keys that it may have read"
            )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _policy(settings: Settings) -> tuple[Policy | None, list[Symptom]]:
    try:
        policy = Policy.load(settings.policy)
    except LabelguardError as error:
        return None, [Symptom("policy", "failed", error.reason)]
    said = f"{settings.policy}: {len(policy.rules)} rules, {len(policy.providers)} providers"
    found = [Symptom("policy", "ok", said)]
    return policy, found + [Symptom("policy", "warning", caution) for caution in policy.cautions]


def _environment(policy: Policy | None) -> Iterator[Symptom]:
    there = [name for name in PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    outside = [one.name for one in policy.providers if one.external and not one.proxy] if policy else []
    if there and outside:
        said = f"{', '.join(there)} means nothing here, and {', '.join(outside)} is asked without a proxy"
        yield Symptom("proxy", "warning", said, "if the way out leads through one, write `proxy` at the provider")


def _password(settings: Settings) -> Iterator[Symptom]:
    if settings.basic_auth_password:
        yield Symptom("password", "ok", "callers must send it")
    elif _is_here(settings.host):
        yield Symptom("password", "ok", f"none is asked for, and {settings.host} is reached from this machine alone")
    else:
        said = f"whoever reaches {settings.host} may ask for predictions"
        remedy = f"set {variable('basic_auth_user')} and {variable('basic_auth_password')}"
        yield Symptom("password", "warning", said, remedy)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _keys(settings: Settings) -> Iterator[Symptom]:
    own, made = settings.surrogate_key_file, settings.cache / "surrogate.key"
    if own or made.exists():
        yield tried("key of surrogates", lambda: _key("key of surrogates", own or made, LEAST_KEY))
    else:
        said = f"{made} is made at the first start; with another one, what is encrypted now cannot be read"
        yield Symptom("key of surrogates", "ok", said)
    if settings.record_key_file:
        file = settings.record_key_file
        yield tried("key of the record", lambda: _key("key of the record", file, 1))
    else:
        remedy = f"labelguard audit key makes one; set {variable('record_key_file')}"
        yield Symptom("key of the record", "warning", "there is none: heads of the record are not signed", remedy)


def _key(about: str, file: Path, least: int) -> Symptom:
    status = file.stat()
    if status.st_size < least:
        return Symptom(about, "failed", f"{file} holds less than {least} bytes", "make it anew, or restore it")
    if status.st_mode & OTHERS:
        return Symptom(about, "warning", f"others may read {file}", f"chmod 600 {file}")
    return Symptom(about, "ok", str(file))


def _database(settings: Settings) -> Iterator[Symptom]:
    url = settings.state_url.get_secret_value()
    file = _sqlite_file(url)
    if file is None or file.exists():

        def look() -> Symptom:
            store = open_store(url)
            try:
                ahead, place = clock_ahead(store), str(file or f"{store.url.database} at {store.url.host}")
            finally:
                store.dispose()
            if abs(ahead) > MOST_APART_S:
                said = (
                    f"the clock of {place} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
                )
                return Symptom("database", "warning", said, "set both by the same time server")
            return Symptom("database", "ok", place)

        yield tried("database", look)
    elif (folder := _there(file)).is_dir() and os.access(folder, os.W_OK):
        yield Symptom("database", "ok", f"{file} is made at the first start")
    else:
        remedy = f"let this user write there, or set {variable('state_url')}"
        yield Symptom("database", "failed", f"{file} cannot be made", remedy)


def _sqlite_file(url: str) -> Path | None:
    kind, _, path = url.partition(":///")
    return Path(path) if kind.startswith("sqlite") and path else None


def _there(place: Path) -> Path:
    """Return what is there of a place: itself, or what it would be made in."""
    return next(folder for folder in (place, *place.parents) if folder.exists())


def _disks(settings: Settings) -> Iterator[Symptom]:
    file = _sqlite_file(settings.state_url.get_secret_value())
    places = {"cache": settings.cache, "temporary files": Path(tempfile.gettempdir())} | (
        {"state": file} if file else {}
    )
    scarce = [
        f"{what}: {free / 2**20:,.0f} MiB in {folder}"
        for what, folder in ((what, _there(place)) for what, place in places.items())
        if (free := shutil.disk_usage(folder).free) < LEAST_FREE
    ]
    if scarce:
        yield Symptom(
            "disk", "warning", f"little is left for {'; '.join(scarce)}", "what cannot be recorded is not sent"
        )
    else:
        yield Symptom("disk", "ok", "more than 1 GiB is left wherever it writes")


def _model(settings: Settings, policy: Policy) -> Iterator[Symptom]:
    for name in sorted({one.model for one in policy.providers if one.kind == "embedded"}):
        if importlib.util.find_spec("xllamacpp") is None:
            remedy = "pip install 'labelguard[embedded]'"
            yield Symptom("embedded model", "failed", "the package that runs it is not installed", remedy)
            return
        yield tried("embedded model", lambda name=name: _model_file(settings, name))  # type: ignore[misc]


def _model_file(settings: Settings, name: str) -> Symptom:
    if settings.model_path:
        file, wanted = settings.model_path, settings.model_sha256
    else:
        model = named(name)
        file, wanted = settings.cache / model.file_name, model.sha256
        if not file.exists():
            said = f"{name} is fetched at the first start ({settings.model_source})"
            return Symptom("embedded model", "warning", said, "labelguard model fetch fetches it now")
    if wanted and file_hash(file) != wanted:
        said = f"{file} is not the file that it should be, by its SHA-256"
        return Symptom("embedded model", "failed", said, "take it away; labelguard model fetch fetches it again")
    return Symptom("embedded model", "ok", f"{file}{', as it should be by its SHA-256' if wanted else ''}")
