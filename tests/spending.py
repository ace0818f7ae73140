"""Books a call as who records its outcome does, for tests of the ledger."""

from backend.budget.clerk import PART
from backend.budget.ledger import Hold, Ledger
from backend.store import writing


def book(ledger: Ledger, hold: Hold, tokens_in: int | None, tokens_out: int | None, *, failed: bool) -> int | None:
    """Book what a call took; returns its cost in nano-dollars."""
    with writing(ledger.engine, PART) as connection:
        return ledger.book_within(connection, hold, (tokens_in, tokens_out), failed=failed)
