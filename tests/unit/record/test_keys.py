"""Keys: made once, readable by their owner, in PEM or as digits; what is none is refused without being shown."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.errors import RecordError
from backend.record.keys import PublicKey, Signer, make_signing_keys


def test_a_made_pair_fits(tmp_path):
    public, key = make_signing_keys(tmp_path / "keys" / "record.pem")
    signer = Signer.read(tmp_path / "keys" / "record.pem")
    assert public == tmp_path / "keys" / "record.pem.pub"
    assert signer.public.name == key.name == PublicKey.read(public).name
    assert PublicKey.read(public).accepts(signer.sign(b"head"), b"head")
    assert not PublicKey.read(public).accepts(signer.sign(b"head"), b"heads")


def test_the_private_key_is_the_owners_alone(tmp_path):
    make_signing_keys(tmp_path / "record.pem")
    assert (tmp_path / "record.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    make_signing_keys(tmp_path / "record.pem")
    before = (tmp_path / "record.pem").read_bytes()
    with pytest.raises(RecordError, match="there already"):
        make_signing_keys(tmp_path / "record.pem")
    assert (tmp_path / "record.pem").read_bytes() == before


def test_keys_may_be_written_in_digits(tmp_path):
    key = Ed25519PrivateKey.generate()
    (tmp_path / "private").write_text(key.private_bytes_raw().hex() + "\n")
    (tmp_path / "public").write_text(key.public_key().public_bytes_raw().hex())
    signer = Signer.read(tmp_path / "private")
    assert PublicKey.read(tmp_path / "public").accepts(signer.sign(b"head"), b"head")


def _rsa() -> bytes:
    return generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("content", [b"", b"canary-77", b"ab" * 31, b"-----BEGIN canary-77", b"\xff\xfe", None, "rsa"])
@pytest.mark.parametrize("reader", [Signer, PublicKey])
def test_what_is_no_key_is_refused(tmp_path, reader, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(_rsa() if content == "rsa" else content)
    with pytest.raises(RecordError) as caught:
        reader.read(file)
    assert str(file) in caught.value.reason
    assert "canary" not in caught.value.reason
