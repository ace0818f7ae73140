"""One thread that writes what many ask for: all that waits goes into one transaction, which a disk confirms once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from backend.errors import BudgetError
from backend.store import writing
from backend.system.group import GroupWorker

T = TypeVar("T")
Work = Callable[[Connection], Any]
PART = "spend"
"""What is locked: the record may be written at the same time."""
MOST = 256
"""Works in one transaction, so that other processes get their turn."""


class Clerk:
    """Thread-safe.

    Args:
        engine: of `open_store`.
        parts: what is locked.
    """

    def __init__(self, engine: Engine, *parts: str) -> None:
        self._engine, self._parts = engine, parts or (PART,)
        self._worker = GroupWorker(self._write, "ledger", MOST)

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Have something written.

        Args:
            work: given the connection. It may raise a BudgetError, which undoes nothing; any other error undoes all
                of the transaction.

        Returns:
            What becomes of it, once it is on the disk.

        Raises:
            RuntimeError: it is closed.
        """
        future: Future[T] = Future()
        self._worker.put((work, future))
        return future

    def close(self) -> None:
        """Write what still waits, and stop."""
        self._worker.close()

    def _write(self, waiting: Sequence[tuple[Work, "Future[Any]"]]) -> None:
        taken = [(work, future) for work, future in waiting if future.set_running_or_notify_cancel()]
        if not taken:
            return
        try:
            with writing(self._engine, *self._parts) as connection:
                outcomes = [_do(work, connection) for work, _ in taken]
        except Exception as error:  # whatever the database says, those who wait must hear it
            outcomes = [error] * len(taken)
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)


def _do(work: Work, connection: Connection) -> Any:
    try:
        return work(connection)
    except BudgetError as error:
        return error
