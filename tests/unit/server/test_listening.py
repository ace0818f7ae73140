"""Where the server is to listen is looked at before anything is loaded."""

import errno
import socket

import pytest

from backend.errors import SettingsError
from backend.server.listening import _said, is_open, look_at_port
from backend.settings import Settings
from tests.child import free_port


def test_a_port_that_is_free_stays_free():
    port = free_port()
    look_at_port(Settings(port=port))
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port


def test_any_port_will_do():
    look_at_port(Settings(port=0))


def test_a_port_that_is_taken_is_told_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            look_at_port(Settings(port=port))
    said = f"LABELGUARD_PORT: port {port} of 127.0.0.1 is taken - end what listens there, or choose another with --port"
    assert caught.value.reason == said


def test_an_address_of_another_machine_is_told():
    with pytest.raises(SettingsError, match=r"LABELGUARD_HOST: .* is no address of this machine"):
        look_at_port(Settings(host="192.0.2.7", port=0))


def test_a_port_of_the_system_is_told():
    assert _said(PermissionError(errno.EACCES, "denied"), "0.0.0.0", 80)[0] == "this user may not listen on port 80"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "127.0.0.1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "0.0.0.0", "basic_auth_user": "u", "basic_auth_password": "p"}, False),
    ],
)
def test_whoever_listens_on_all_addresses_without_a_password_is_open(given, expected):
    assert is_open(Settings(**given)) is expected
