"""Views of what was sent: each is an entry of the record, written before anybody sees anything."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from backend.record.entries import View
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.sendings import has_record
from backend.record.tables import ENTRIES
from backend.store import reading


@dataclass(frozen=True, slots=True)
class ViewBook:
    """Where views are written down.

    Attributes:
        engine: the record's store.
        key_file: of the key that signs heads; None if nobody does.
        heads_every: entries from one signed head to the next.
    """

    engine: Engine
    key_file: Path | None = None
    heads_every: int = 1000

    def note(self, views: Sequence[View]) -> None:
        """Write views down; what they are of may be shown once this returns.

        Raises:
            RecordError: they cannot be recorded; nothing may be shown.
            StoreError: the store cannot be used.
        """
        signer = Signer.read(self.key_file) if self.key_file else None
        with Record.open(self.engine, signer, self.heads_every) as record:
            for written in [record.submit(view) for view in views]:
                written.result()

    def views(self) -> Iterator[dict[str, Any]]:
        """Yield the entries of views, the newest first. What was tampered with may come out wrong."""
        if not has_record(self.engine):
            return
        which = ENTRIES.c.body.like(f'%"kind":"{View.kind}"%')
        with reading(self.engine) as connection:
            for text in connection.execute(
                select(ENTRIES.c.body).where(which).order_by(ENTRIES.c.seq.desc())
            ).scalars():
                body = json.loads(text)
                if body.get("kind") == View.kind:
                    yield body

    def entries(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return some entries by their numbers; those that were pruned are not there."""
        if not has_record(self.engine):
            return {}
        with reading(self.engine) as connection:
            rows = connection.execute(select(ENTRIES.c.seq, ENTRIES.c.body).where(ENTRIES.c.seq.in_(numbers))).all()
        return {row.seq: json.loads(row.body) for row in rows}
