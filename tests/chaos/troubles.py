"""What goes wrong around the servers, again and again until it is over: each trouble on a thread of its own."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic

import psycopg

from tests.chaos.servers import Servers
from tests.label_studio.harness import LabelStudio
from tests.postgres import PostgreSQL

LOCKED_S = 5.0


class Troubles:
    """All of them.

    Args:
        seconds: for which they last.
        every: seconds from one kill of a server to the next.
        say: tells what happens.

    Attributes:
        had: how often each came.
        errors: what went wrong with a trouble itself.
    """

    def __init__(self, seconds: float, every: float, say: Callable[[str], None]) -> None:
        self._until = monotonic() + seconds
        self._every, self._say = every, say
        self._threads: list[threading.Thread] = []
        self.over = threading.Event()
        self.had: Counter[str] = Counter()
        self.errors: list[Exception] = []

    def begin(
        self, servers: Servers, postgresql: PostgreSQL, database: str, label_studio: LabelStudio, seed: int
    ) -> None:
        """Begin with all of them.

        Args:
            servers: one is killed after each while.
            postgresql: is restarted, or all of a database is locked, in between.
            database: the URL of that one.
            label_studio: is restarted, three times as rarely.
            seed: of what comes when.
        """
        chance = random.Random(f"{seed} database")
        every = self._every

        def trouble_database() -> None:
            if chance.random() < 0.5:
                self._count("database locked")
                lock(database, self.over)
                return
            sign = chance.choice([signal.SIGINT, signal.SIGQUIT])
            self._count(f"database restarted by {sign.name}")
            postgresql.restart(sign)

        def kill() -> None:
            self._count("server killed")
            servers.kill()

        self._go_on("kills", every, every, kill)
        self._go_on("database", every / 2, every, trouble_database)
        self._go_on("studio", 1.75 * every, 3 * every, lambda: self._restart(label_studio))

    def last(self, every: float) -> Iterator[None]:
        """Last until the time is over and all that went wrong is mended; comes back after each while."""
        while (left := self._until - monotonic()) > 0 and not self.errors:
            self.over.wait(min(left, every))
            yield
        self.over.set()
        for thread in self._threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _restart(self, label_studio: LabelStudio) -> None:
        self._count("Label Studio restarted")
        label_studio.restart()

    def _count(self, what: str) -> None:
        self.had[what] += 1
        self._say(what)

    def _go_on(self, name: str, first: float, every: float, do: Callable[[], object]) -> None:
        """Do something again and again, the first time after a while."""

        def run() -> None:
            wait = first
            while not self.over.wait(wait):
                begun = monotonic()
                try:
                    do()
                except Exception as error:
                    self.errors.append(error)
                    return
                wait = max(every - (monotonic() - begun), 1.0)

        thread = threading.Thread(target=run, name=name)
        self._threads.append(thread)
        thread.start()


def lock(database: str, over: threading.Event) -> None:
    """Keep all tables of a database to oneself for a while, unless PostgreSQL lets another go first."""
    with suppress(psycopg.errors.DeadlockDetected), psycopg.connect(database) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        for (table,) in rows:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        over.wait(LOCKED_S)
