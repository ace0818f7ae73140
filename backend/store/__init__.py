"""Where state is kept: a SQLite file by default, PostgreSQL by its URL. Who keeps something brings the tables.

A writer has the store for itself, also between processes, and what it wrote is on the disk when its block ends.
"""

from backend.store.database import (
    METADATA,
    Store,
    alone,
    beside,
    clock_ahead,
    open_store,
    reading,
    scrub,
    writing,
)
from backend.store.schema import make_tables, upgrade_store

__all__ = [
    "METADATA",
    "Store",
    "alone",
    "beside",
    "clock_ahead",
    "make_tables",
    "open_store",
    "reading",
    "scrub",
    "upgrade_store",
    "writing",
]
