"""Kill who sends at random moments, and see that whatever went out is in the record: `python -m tests.record_kills`.

Every other one has sent something before, however slow the machine is.

A child writes each sending to the record first and then "sends": it adds the number to a plain file. It is killed
by SIGKILL. Afterwards the record must be as it was written, and hold every number in the file as an attempt.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import Engine

from backend.record.chain import START, Seal
from backend.record.journal import Record
from backend.record.sources import RecordSource, stored
from backend.record.verify import verify_record
from backend.store import open_store
from tests.patience import until
from tests.record import attempt, outcome

AT_ONCE = 4
LONGEST_S = 0.25


def send_on_and_on(url: str, wire: Path) -> None:
    """Send until killed, on several threads."""
    record = Record.open(open_store(url))
    out = os.open(wire, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def work() -> None:
        task = 0
        while True:
            number = record.begin(attempt(task))
            os.write(out, f"{number}\n".encode())
            record.end(outcome(number))
            task += 1

    for _ in range(AT_ONCE):
        threading.Thread(target=work).start()


def kill_at(url: str, wire: Path, delay: float, *, has_sent: bool) -> None:
    """Start a child, and kill it a while after that, or after it has sent something."""
    before = _size(wire)
    child = os.fork()
    if child == 0:
        send_on_and_on(url, wire)
        threading.Event().wait()
    if has_sent:
        until(lambda: _size(wire) > before)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _size(wire: Path) -> int:
    return wire.stat().st_size if wire.exists() else 0


class Auditor:
    """Checks what was added to a record since it last did."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last, self._hash = 0, START
        self.attempts: set[int] = set()

    def check(self) -> str:
        """Say what is wrong; empty where nothing is."""
        with stored(self._engine, self._last) as source:
            links = list(source.links)
            start = Seal("checkpoint", self._last, self._hash, "", "")
            report = verify_record(RecordSource(iter(links), (start,), source.tip))
        self._last, self._hash = report.last, report.hash
        self.attempts |= {link.seq for link in links if json.loads(link.body)["kind"] == "attempt"}
        return "; ".join(problem.what for problem in report.problems)


def main(url: str, wire: Path, kills: int, seed: int) -> int:
    """Kill as often as asked; print a line with the numbers, and what was wrong."""
    chance = random.Random(seed)
    engine = open_store(url)
    Record.open(engine).close()
    engine.dispose()
    auditor = Auditor(open_store(url))
    for kill in range(1, kills + 1):
        kill_at(url, wire, chance.uniform(0, LONGEST_S), has_sent=kill % 2 == 0)
        wrong = auditor.check()
        sent = {int(line) for line in wire.read_text().split()} if wire.exists() else set()
        if wrong or sent - auditor.attempts:
            print(f"kill {kill}: {wrong or f'sent, but not in the record: {sorted(sent - auditor.attempts)}'}")  # noqa: T201
            return 1
    print(json.dumps({"kills": kills, "sent": len(sent), "attempts": len(auditor.attempts)}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
