"""What is kept encrypted is read by its secret and purpose alone, and only as it was written."""

import pytest

from backend.system.sealing import Sealer

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = b"canary-6120"


def test_what_is_closed_is_opened_by_the_same_secret_and_purpose_alone():
    sealed = Sealer(SECRET, "letters").close(CANARY, ["12", 7])
    assert CANARY not in sealed
    assert Sealer(SECRET, "letters").open(sealed, ["12", 7]) == CANARY
    assert Sealer(SECRET[::-1], "letters").open(sealed, ["12", 7]) is None
    assert Sealer(SECRET, "parcels").open(sealed, ["12", 7]) is None


@pytest.mark.parametrize("known", [["13", 7], ["12", 8], [], None])
def test_what_stands_beside_it_is_vouched_for(known):
    sealed = Sealer(SECRET, "letters").close(CANARY, ["12", 7])
    assert Sealer(SECRET, "letters").open(sealed, known) is None


@pytest.mark.parametrize("broken", [b"", b"short", bytes(64)])
def test_what_is_no_sealed_body_is_not_opened(broken):
    assert Sealer(SECRET, "letters").open(broken, []) is None


def test_the_same_has_the_same_name_and_tells_nothing():
    seal = Sealer(SECRET, "letters")
    name = seal.name({"task": CANARY.decode(), "project": "12"})
    assert name == seal.name({"project": "12", "task": CANARY.decode()})
    assert len(name) == 64
    assert CANARY.decode() not in name
    assert name != Sealer(SECRET, "parcels").name({"task": CANARY.decode(), "project": "12"})
