"""A look into a store, by a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from backend.store import open_store, reading


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """Read a store, and let go of it: who looks until something holds would use up a database's connections."""
    store = open_store(url)
    try:
        with reading(store) as connection:
            yield connection
    finally:
        store.dispose()
