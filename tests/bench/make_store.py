"""Write a state as the version that is checked out does, for tests of upgrades. All in it is invented.

python -m tests.bench.make_store NAME, in a checkout of that version, writes NAME.db.gz and NAME.pem.pub to
tests/fixtures/stores. 0.1.0 was written by the last commit whose stores had no version, before the record had an index.
The record is written by the record itself, signed, and pruned once; each other table has two rows.
"""

import argparse
import gzip
import tempfile
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Date, Float, LargeBinary, insert

from backend.record.journal import Record
from backend.record.keys import Signer, make_signing_keys
from backend.record.prune import prune_record
from backend.store import METADATA, make_tables, open_store, writing
from tests.record import attempt, outcome, refusal

FOLDER = Path(__file__).parents[1] / "fixtures/stores"
PARTS = (
    "backend.budget.permits",
    "backend.budget.tables",
    "backend.model.batch.tables",
    "backend.model.kept_answers",
    "backend.model.sent_samples",
    "backend.queue.tables",
    "backend.record.tables",
    "backend.record.tokens",
    "backend.review.tables",
)


def invented(column: Column[Any], row: int) -> Any:
    """Return a value that a column takes."""
    if isinstance(column.type, Date):
        return date(2026, 11, row)
    if isinstance(column.type, LargeBinary):
        return b"invented %d" % row
    if isinstance(column.type, Float):
        return row + 0.5
    return row if column.type.python_type is int else f"r{row}"


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    name = parser.parse_args().name
    for part in PARTS:
        import_module(part)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "state.db")
        engine = open_store(f"sqlite:///{file}")
        public, _ = make_signing_keys(Path(folder, "record.pem"))
        signer = Signer.read(Path(folder, "record.pem"))
        with Record.open(engine, signer, 10) as record:
            for task in range(40):
                given: dict[str, Any] = {"keep_days": 0 if task < 5 else None, "project": str(task % 3)}
                number = record.begin(attempt(task, **given))
                if task == 7:
                    record.refuse(refusal(task, "no_rule", **given))
                elif task != 11:
                    record.end(outcome(number, outcome="failed" if task % 9 == 8 else "answered"))
        prune_record(engine, signer, heads_every=10)
        make_tables(engine, *METADATA.sorted_tables)
        with writing(engine) as connection:
            for table in METADATA.sorted_tables:
                if not table.name.startswith("record_"):
                    rows = [{column.name: invented(column, row) for column in table.columns} for row in (1, 2)]
                    connection.execute(insert(table), rows)
        engine.dispose()
        (FOLDER / f"{name}.db.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        (FOLDER / f"{name}.pem.pub").write_bytes(public.read_bytes())


if __name__ == "__main__":
    main()
