"""Settings: defaults, variables, the password's file, and errors that name a variable and never its value."""

import os
import traceback
from typing import Any

import pytest

from backend.errors import SettingsError
from backend.settings import Settings, variable

SECRET = "canary-4411"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith("LABELGUARD_")]:
        monkeypatch.delenv(name)


def failure(**given: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        Settings(**given)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_defaults_listen_on_this_machine_alone():
    settings = Settings()
    assert (settings.host, settings.port, settings.basic_auth_password) == ("127.0.0.1", 9090, None)
    assert settings.max_body_bytes == 64 * 1024 * 1024
    assert settings.policy.name == "default.yaml"
    assert settings.policy.is_file()


def test_variables_are_read_when_settings_are_made(monkeypatch):
    monkeypatch.setenv("LABELGUARD_PORT", "9191")
    monkeypatch.setenv("LABELGUARD_LOG_LEVEL", "DEBUG")
    assert (Settings().port, Settings().log_level) == (9191, "debug")
    monkeypatch.setenv("LABELGUARD_PORT", "9192")
    assert Settings().port == 9192


def test_the_log_is_words_or_json(monkeypatch):
    assert Settings().log_format == "text"
    monkeypatch.setenv("LABELGUARD_LOG_FORMAT", "JSON")
    assert Settings().log_format == "json"
    monkeypatch.setenv("LABELGUARD_LOG_FORMAT", SECRET)
    assert failure().reason.startswith("LABELGUARD_LOG_FORMAT: must be 'text' or 'json'")


def test_arguments_stand_above_variables(monkeypatch):
    monkeypatch.setenv("LABELGUARD_PORT", "9191")
    assert Settings(port=9000).port == 9000


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_USER", "")
    monkeypatch.setenv("LABELGUARD_PORT", "")
    assert Settings().port == 9090


def test_user_and_password(monkeypatch):
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_USER", "studio")
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", SECRET)
    settings = Settings()
    assert settings.basic_auth_password is not None
    assert settings.basic_auth_password.get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())


@pytest.mark.parametrize(("given", "lacking"), [("USER", "PASSWORD"), ("PASSWORD", "USER")])
def test_user_and_password_go_together(monkeypatch, given, lacking):
    monkeypatch.setenv(f"LABELGUARD_BASIC_AUTH_{given}", SECRET)
    assert failure().reason.startswith(f"LABELGUARD_BASIC_AUTH_{lacking}: is missing")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_password_by_file(monkeypatch, tmp_path, ending):
    (tmp_path / "password").write_bytes(f" {SECRET} ".encode() + ending.encode())
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_USER", "studio")
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD_FILE", str(tmp_path / "password"))
    password = Settings().basic_auth_password
    assert password is not None
    assert password.get_secret_value() == f" {SECRET} "


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "FileNotFoundError"), (b"\n", "is empty"), (b"\xff", "Unicode")]
)
def test_password_file_that_cannot_be_used(tmp_path, content, problem):
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    error = failure(basic_auth_user="studio", basic_auth_password_file=tmp_path / "password")
    assert error.variable == "LABELGUARD_BASIC_AUTH_PASSWORD_FILE"
    assert problem in error.reason


def test_password_and_its_file_exclude_each_other(monkeypatch, tmp_path):
    (tmp_path / "password").write_text(SECRET)
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", SECRET)
    assert "set twice" in failure(basic_auth_user="u", basic_auth_password_file=tmp_path / "password").reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", SECRET),
        ("port", "70000"),
        ("max_body_bytes", "1"),
        ("redaction_workers", "0"),
        ("log_level", SECRET),
        ("home", f"/nowhere/{SECRET}"),
        ("basic_auth_user", f"{SECRET}:x"),
    ],
)
def test_a_bad_value_names_its_variable_alone(monkeypatch, field, value):
    if field == "basic_auth_user":
        monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASSWORD", SECRET)
    monkeypatch.setenv(variable(field), value)
    assert failure().variable == variable(field)


def test_a_misspelt_variable_does_not_leave_the_server_open(monkeypatch):
    monkeypatch.setenv("LABELGUARD_BASIC_AUTH_PASWORD", SECRET)
    assert failure().reason.endswith("did you mean LABELGUARD_BASIC_AUTH_PASSWORD?")


def test_what_kubernetes_adds_is_no_mistake(monkeypatch):
    monkeypatch.setenv("LABELGUARD_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("LABELGUARD_PORT_9090_TCP", "tcp://10.0.0.1:9090")
    assert Settings().port == 9090


def test_the_home_brings_its_policy(tmp_path):
    assert Settings(home=tmp_path).policy == Settings().policy
    (tmp_path / "policies").mkdir()
    own = tmp_path / "policies" / "default.yaml"
    own.write_text("version: 1")
    assert Settings(home=tmp_path).policy == own
    assert Settings(home=tmp_path, policy=tmp_path / "other.yaml").policy == tmp_path / "other.yaml"


def test_the_state_is_a_file_of_the_users_own_by_default():
    url = Settings().state_url.get_secret_value()
    assert url.startswith("sqlite:////")
    assert url.endswith("labelguard.db")


def test_the_states_url_may_stand_in_a_file(tmp_path, monkeypatch):
    (tmp_path / "url").write_text(f"postgresql://user:{SECRET}@host/name\n")
    monkeypatch.setenv("LABELGUARD_STATE_URL_FILE", str(tmp_path / "url"))
    settings = Settings()
    assert settings.state_url.get_secret_value() == f"postgresql://user:{SECRET}@host/name"
    assert SECRET not in repr(settings)


def test_the_states_url_is_given_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"postgresql://user:{SECRET}@host/name")
    monkeypatch.setenv("LABELGUARD_STATE_URL_FILE", str(tmp_path / "url"))
    assert "twice" in failure().reason


OPENID = {
    "console_url": "https://guard.example",
    "console_oidc_issuer": "https://login.example/realms/clinic",
    "console_oidc_client": "labelguard",
    "console_oidc_client_secret": SECRET,
    "console_oidc_admins": "/admins, others",
}


@pytest.mark.parametrize("lacking", OPENID)
def test_sign_in_by_openid_is_whole_or_off(lacking):
    assert SECRET not in repr(Settings(**OPENID))
    error = failure(**{name: value for name, value in OPENID.items() if name != lacking})
    assert error.variable == variable("console_oidc_viewers" if lacking.endswith("admins") else lacking)
    assert failure(**{lacking: OPENID[lacking]}).code == "settings"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("console_url", "http://guard.example"),
        ("console_url", "https://guard.example/console"),
        ("console_url", "https://user@guard.example"),
        ("console_url", "http://127.0.0.1.evil.example"),
        ("console_oidc_issuer", "http://login.example"),
        ("console_oidc_issuer", "https://login.example/?a=1"),
        ("console_oidc_scope", "profile"),
        ("console_oidc_claim", ""),
        ("console_oidc_admins", " , "),
    ],
)
def test_sign_in_by_openid_goes_by_https_alone(name, value):
    reason = failure(**{**OPENID, name: value}).reason
    assert reason.startswith(variable("console_oidc_viewers" if name.endswith("admins") else name))


def test_sign_in_by_openid_may_go_by_http_on_this_machine():
    for address in (
        "http://localhost:9090",
        "http://127.0.0.1:9090/",
        "http://[::1]:9090",
        "https://guard.example:8443",
    ):
        assert Settings(**{**OPENID, "console_url": address, "console_oidc_issuer": address}).console_oidc_admins


def test_the_consoles_passwords_are_long_and_may_stand_in_files(tmp_path):
    assert (Settings().console_viewer_password, Settings().console_admin_password) == (None, None)
    (tmp_path / "password").write_text(f"{SECRET}-{SECRET}\n")
    for user in ("viewer", "admin"):
        settings = Settings(**{f"console_{user}_password_file": tmp_path / "password"})
        password = getattr(settings, f"console_{user}_password")
        assert password.get_secret_value() == f"{SECRET}-{SECRET}"
        assert variable(f"console_{user}_password") in failure(**{f"console_{user}_password": SECRET}).reason
