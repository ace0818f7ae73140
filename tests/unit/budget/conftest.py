"""The ledger on both databases, empty, with a clock that is set."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.budget.ledger import Ledger
from backend.budget.permits import PERMITS
from backend.budget.tables import HELD, SPEND
from backend.store import METADATA, open_store, writing


class Now:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def set(self, day: str, clock: str = "12:00") -> None:
        self.time = datetime.fromisoformat(f"{day}T{clock}+00:00")

    def pass_by(self, **delta: float) -> None:
        self.time += timedelta(**delta)


@pytest.fixture
def now():
    """Noon of 25 November 2026, UTC."""
    return Now()


@pytest.fixture(scope="session")
def database(postgresql):
    """One for all tests of the ledger: making one takes longer than most of them."""
    return postgresql.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """Where an empty ledger may stand."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/labelguard.db"
    url: str = request.getfixturevalue("database")
    engine = open_store(url)
    with writing(engine) as connection:
        METADATA.drop_all(connection, tables=[SPEND, HELD, PERMITS])
    engine.dispose()
    return url


@pytest.fixture
def ledger(store_url, now):
    """A ledger that nobody has written to."""
    engine = open_store(store_url)
    ledger = Ledger(engine, now)
    yield ledger
    ledger.close()
    engine.dispose()
