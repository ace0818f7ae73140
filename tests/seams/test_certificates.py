"""A server with a certificate of one's own authority: trusted by the policy or SSL_CERT_FILE, else told as one."""

import socket
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

from backend.errors import PolicyFileError, ProviderDownError, ProviderSetupError
from backend.policy import Policy
from tests.authority import Authority
from tests.parts import provider as written
from tests.parts import write_policy
from tests.seams.providers import KEY, KINDS, Vendor, ask, http, provider

IDS = [kind.name for kind in KINDS]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority.made(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def vendor(authority, monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with Vendor.running(authority.context) as running:
        yield running


def at(kind, vendor, **settings):
    return provider(kind, vendor.address.replace("http:", "https:"), **settings)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_an_authority_that_the_policy_names_is_trusted(vendor, authority, kind):
    assert ask(at(kind, vendor, ca=authority.file.read_text())).answer.c0 == "Good"


def test_an_authority_of_ssl_cert_dir_is_trusted(vendor, authority, monkeypatch, tmp_path):
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(authority.file)]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(authority.file.read_bytes())
    with pytest.raises(ProviderSetupError, match="certificate"):
        ask(at(KINDS[0], vendor))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert ask(at(KINDS[0], vendor)).answer.c0 == "Good"


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_an_authority_of_ssl_cert_file_is_trusted(vendor, authority, kind, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert ask(at(kind, vendor)).answer.c0 == "Good"


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_an_authority_that_nobody_names_is_told_as_one(vendor, kind, monkeypatch):
    for name, value in (("SSL_VERIFY", "False"), ("PYTHONHTTPSVERIFY", "0"), ("LITELLM_SSL_VERIFY", "False")):
        monkeypatch.setenv(name, value)
    with pytest.raises(ProviderSetupError, match=r"certificate \(TLS\).*SSL_CERT_FILE"):
        ask(at(kind, vendor))
    assert vendor.requests == []


def test_a_file_of_authorities_that_is_none_is_named(vendor, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ProviderSetupError, match="SSL_CERT_FILE: holds no certificates"):
        ask(at(KINDS[0], vendor))


def test_the_policys_file_is_read_hashed_and_watched_with_it(vendor, authority, tmp_path):
    (tmp_path / "ca.pem").write_bytes(authority.file.read_bytes())
    settings = written("https://127.0.0.1:1/v1", "openai", external=False, ca="ca.pem")
    policy = write_policy(tmp_path, {"ours": settings})
    assert policy.providers[0].ca == authority.file.read_text()
    assert tmp_path / "ca.pem" in policy.files
    (tmp_path / "ca.pem").write_bytes(authority.file.read_bytes() * 2)
    assert Policy.load(policy.file).digest != policy.digest
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(PolicyFileError, match="ca: names a file without certificates - name a file in PEM format"):
        Policy.load(policy.file)
    (tmp_path / "ca.pem").unlink()
    with pytest.raises(PolicyFileError, match=r"providers.ours.ca: the file ca.pem cannot be read"):
        Policy.load(policy.file)


TWO = [kind for kind in KINDS if kind.name in ("openai", "litellm-mistral")]


@contextmanager
def saying(content):
    """Answer whatever comes by some bytes; yields the port."""

    def answer():
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.recv(2**16)
                    connection.sendall(content)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("kind", TWO, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "content",
    [
        b"\x15\x03\x01\x00\x02\x02\x46",  # OpenSSL's alert
        http(400, b"Client sent an HTTP request to an HTTPS server.\n", "content-type: text/plain"),  # Go's
        http(400, b"<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port"),  # nginx's
    ],
    ids=["alert", "go", "nginx"],
)
def test_a_port_that_speaks_tls_is_told(kind, content, monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with saying(content) as port, pytest.raises(ProviderSetupError, match="speaks TLS at this port - write https://"):
        ask(provider(kind, f"http://127.0.0.1:{port}"))


def test_one_that_says_nothing_may_be_one(authority, monkeypatch):
    """As Python's own servers."""
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with (
        Vendor.running(authority.context) as vendor,
        pytest.raises(ProviderDownError, match=r"cut the connection .* https:// in"),
    ):
        ask(provider(TWO[0], vendor.address))
    assert vendor.requests == []


@pytest.mark.parametrize("kind", TWO, ids=lambda kind: kind.name)
def test_a_port_that_speaks_no_tls_is_no_question_of_certificates(kind, monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with saying(http(400, b"")) as port, pytest.raises(ProviderSetupError, match="speaks no TLS at this port"):
        ask(provider(kind, f"https://127.0.0.1:{port}"))


@pytest.mark.parametrize("kind", TWO, ids=lambda kind: kind.name)
def test_a_name_that_nobody_knows_is_told(kind, monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ProviderDownError, match=r"its name is not known here \(DNS\) - check the host in address"):
        ask(provider(kind, "http://models.clinic.internal"))
