"""A record of a hundred sendings in an empty store of each kind."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.record.entries import Entry
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.tables import PART, Heads, append
from backend.store import open_store, writing
from tests.record import attempt, outcome, refusal

SENDINGS, HEADS_EVERY = 30, 10


@pytest.fixture(scope="session")
def signer():
    return Signer(Ed25519PrivateKey.generate())


@pytest.fixture
def engine(store_url):
    opened = open_store(store_url)
    yield opened
    opened.dispose()


@pytest.fixture
def written(engine, signer):
    """The store, with sendings and refusals in it; the last attempt has no outcome."""
    fill(engine, signer)
    return engine


def fill(engine, signer, sendings: int = SENDINGS) -> None:
    """Write a record whose heads stand at every tenth entry."""
    entries: list[Entry] = []
    for task in range(sendings):
        entries += [attempt(task), outcome(len(entries) + 1), refusal(task)]
    entries.append(attempt(sendings))
    with Record.open(engine, signer, HEADS_EVERY), writing(engine, PART) as connection:
        for first in range(0, len(entries), HEADS_EVERY):
            append(connection, entries[first : first + HEADS_EVERY], Heads(signer, HEADS_EVERY))
